# The demo: database, scheduler, two SSPs and a client, for people to watch.

demo() {
  need_npm
  build release spooky-scheduler spooky-ssp spooky
  node tests/demo/demo.mjs "$@"
}
