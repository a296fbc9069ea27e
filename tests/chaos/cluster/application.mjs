// The application whose data the views show: people write posts and replies, and like posts.
export const TABLES = ['person', 'post', 'reply', 'likes'];
export const TOPICS = ['art', 'bread', 'chess', 'dogs', 'earth', 'fire', 'games', 'hills', 'ice', 'jazz'];
export const TEAMS = ['amber', 'blue', 'coral', 'dune', 'ember', 'fern'];
export const PEOPLE = 60;

export const SCHEMA = `
  DEFINE TABLE person SCHEMAFULL;
  DEFINE FIELD name ON person TYPE string;
  DEFINE FIELD team ON person TYPE string;
  DEFINE FIELD active ON person TYPE bool;
  DEFINE FIELD score ON person TYPE int;
  DEFINE FIELD stamp ON person TYPE int;

  DEFINE TABLE post SCHEMAFULL;
  DEFINE FIELD title ON post TYPE string;
  DEFINE FIELD author ON post TYPE record<person>;
  DEFINE FIELD topic ON post TYPE string;
  DEFINE FIELD score ON post TYPE int;
  DEFINE FIELD weight ON post TYPE decimal;
  DEFINE FIELD open ON post TYPE bool;
  DEFINE FIELD tags ON post TYPE array<string>;
  DEFINE FIELD at ON post TYPE datetime;
  DEFINE FIELD stamp ON post TYPE int;

  DEFINE TABLE reply SCHEMAFULL;
  DEFINE FIELD post ON reply TYPE record<post>;
  DEFINE FIELD author ON reply TYPE record<person>;
  DEFINE FIELD text ON reply TYPE string;
  DEFINE FIELD votes ON reply TYPE int;
  DEFINE FIELD stamp ON reply TYPE int;

  DEFINE TABLE likes TYPE RELATION IN person OUT post SCHEMAFULL;
  DEFINE FIELD strength ON likes TYPE int;
  DEFINE FIELD stamp ON likes TYPE int;
`;
