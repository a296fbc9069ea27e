#pragma once

#include <string>

/// What the system says to the process, and what the process says last.
namespace spooky::process {

/// Decides about every signal that would end the process without a word. Call it before any thread
/// starts. Those that ask for an end (SIGTERM, SIGINT, SIGHUP, SIGUSR1, SIGUSR2, SIGXCPU) are
/// kept for wait_for_signal(). SIGPIPE and SIGXFSZ are ignored: the write fails, and its caller
/// says so. A crash (unless of the stack), an exception that nobody took and a stop that takes too
/// long each say one line on stderr before the process ends.
void take_signals();

/// Blocks until the process is asked to end; says by what ("SIGTERM"). A second request then ends
/// it at once.
std::string wait_for_signal();

/// Makes wait_for_signal() return, from any thread: the process cannot go on.
void request_stop();

}  // namespace spooky::process
