// The application that the view tests and the demo play: users write threads and comments.
import { RecordId } from 'surrealdb';

export const FORUM = `
  DEFINE TABLE user SCHEMAFULL;
  DEFINE FIELD name ON user TYPE string;
  DEFINE FIELD active ON user TYPE bool DEFAULT true;

  DEFINE TABLE thread SCHEMAFULL;
  DEFINE FIELD title ON thread TYPE string;
  DEFINE FIELD author ON thread TYPE record<user>;
  DEFINE FIELD score ON thread TYPE int DEFAULT 0;
  DEFINE FIELD open ON thread TYPE bool DEFAULT true;

  DEFINE TABLE comment SCHEMAFULL;
  DEFINE FIELD text ON comment TYPE string;
  DEFINE FIELD thread ON comment TYPE record<thread>;
  DEFINE FIELD author ON comment TYPE record<user>;
`;

export const FIRST_RECORDS = `
  CREATE user:ann SET name = 'Ann'; CREATE user:bob SET name = 'Bob'; CREATE user:eve SET name = 'Eve', active = false;
  CREATE thread:1 SET title = 'Hello', author = user:ann, score = 5;
  CREATE thread:2 SET title = 'Soup', author = user:bob, score = 12;
  CREATE thread:3 SET title = 'Closed', author = user:ann, open = false;
  CREATE comment:1 SET text = 'Hi', thread = thread:1, author = user:bob;
  CREATE comment:2 SET text = 'More salt', thread = thread:2, author = user:ann;
`;

/** The query text and parameters of each view, by what it is for. */
export const VIEWS = {
  'open threads': ['SELECT * FROM thread WHERE open = true'],
  'threads by Ann': ['SELECT * FROM thread WHERE author = $author', { author: new RecordId('user', 'ann') }],
  'best two threads': ['SELECT * FROM thread ORDER BY score DESC, id LIMIT 2'],
  'active users': ['SELECT * FROM user WHERE active = true ORDER BY name'],
  'comments on one thread': ['SELECT * FROM comment WHERE thread = $thread', { thread: new RecordId('thread', 1) }],
};
