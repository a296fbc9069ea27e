// What the demo's client does to the forum, one statement after the other, and which records each touches.
export const WRITES = [
  { surql: "CREATE thread:4 SET title = 'Fresh bread', author = user:ann, score = 7", touches: ['thread:4'] },
  { surql: "UPDATE thread:4 SET title = 'Fresh bread, still warm'", touches: ['thread:4'] },
  { surql: 'UPDATE thread:1 SET score = 40', touches: ['thread:1'] },
  { surql: "CREATE comment:3 SET text = 'Where?', thread = thread:1, author = user:eve", touches: ['comment:3'] },
  { surql: 'UPDATE thread:3 SET open = true', touches: ['thread:3'] },
  { surql: 'UPDATE user:eve SET active = true', touches: ['user:eve'] },
  { surql: 'UPDATE thread:2 SET author = user:ann', touches: ['thread:2'] },
  { surql: "UPDATE thread SET open = false WHERE author = user:ann AND score < 10", touches: ['thread:3', 'thread:4'] },
  { surql: 'DELETE thread:1', touches: ['thread:1'] },
  { surql: 'DELETE comment:1; DELETE user:bob', touches: ['comment:1', 'user:bob'] },
];
