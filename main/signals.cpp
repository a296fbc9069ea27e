#include "main/signals.hpp"

#include "actors/exceptions.hpp"

#include <csignal>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <initializer_list>
#include <string_view>
#include <unistd.h>

#include <spdlog/spdlog.h>

namespace spooky::process {

namespace {

constexpr int end_requests[] = {SIGTERM, SIGINT, SIGHUP, SIGUSR1, SIGUSR2, SIGXCPU};
constexpr int crashes[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL};
constexpr int exit_failure = 1;

sigset_t end_request_set() {
  sigset_t set;
  sigemptyset(&set);
  for (const int one : end_requests) sigaddset(&set, one);
  return set;
}

std::string_view name_of(int signal) noexcept {
  switch (signal) {
    case SIGTERM:
      return "SIGTERM";
    case SIGINT:
      return "SIGINT";
    case SIGHUP:
      return "SIGHUP";
    case SIGUSR1:
      return "SIGUSR1";
    case SIGUSR2:
      return "SIGUSR2";
    case SIGXCPU:
      return "SIGXCPU";
    case SIGSEGV:
      return "SIGSEGV";
    case SIGBUS:
      return "SIGBUS";
    case SIGFPE:
      return "SIGFPE";
    case SIGILL:
      return "SIGILL";
    default:
      return "a signal";
  }
}

/// Of all ways to write, the one that a signal handler may use.
void write_raw(std::initializer_list<std::string_view> parts) noexcept {
  for (const auto part : parts)
    if (::write(STDERR_FILENO, part.data(), part.size()) < 0) return;
}

void say_crash(int signal) noexcept {
  write_raw({"spooky crashed: ", name_of(signal), "; this is a defect, please report it\n"});
  std::signal(signal, SIG_DFL);
  std::raise(signal);
}

void say_late(int) noexcept {
  write_raw({"spooky did not stop in time and ends now\n"});
  _exit(exit_failure);
}

[[noreturn]] void say_exception() noexcept {
  try {
    if (const auto thrown = std::current_exception())
      spdlog::critical("the process cannot go on: {}", actors::exception_as_error(thrown).message);
  } catch (...) {
    write_raw({"the process cannot go on: an exception, and no memory to name it\n"});
  }
  std::abort();
}

void handle(int signal, void (*with)(int) noexcept) {
  struct sigaction action {};
  action.sa_handler = with;
  sigemptyset(&action.sa_mask);
  sigaction(signal, &action, nullptr);
}

}  // namespace

void take_signals() {
  const auto set = end_request_set();
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);
  for (const int crash : crashes) handle(crash, say_crash);
  handle(SIGALRM, say_late);
  std::set_terminate(say_exception);
}

std::string wait_for_signal() {
  const auto set = end_request_set();
  int received = 0;
  sigwait(&set, &received);
  // From now on a signal has its default effect: the second one ends the process.
  pthread_sigmask(SIG_UNBLOCK, &set, nullptr);
  return std::string{name_of(received)};
}

void request_stop() { kill(getpid(), SIGTERM); }

}  // namespace spooky::process
