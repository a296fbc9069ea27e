# Language level, warnings and sanitizers, carried by one interface target.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

option(SPOOKY_WARNINGS_AS_ERRORS "Fail the build on any warning" ON)
set(SPOOKY_SANITIZE "" CACHE STRING "Sanitizers: empty, 'address,undefined' or 'thread'")
# Two minutes less for a build from nothing. The other presets go without, so that a file that lacks an
# include does not compile there.
option(SPOOKY_PRECOMPILED_HEADERS "Precompile the headers that most sources include" OFF)
option(SPOOKY_FUZZERS "Build the libFuzzer targets (needs clang)" OFF)

add_library(spooky_options INTERFACE)
target_include_directories(spooky_options INTERFACE "${CMAKE_SOURCE_DIR}")
target_compile_definitions(spooky_options INTERFACE
  SPOOKY_VERSION="${PROJECT_VERSION}")
target_compile_options(spooky_options INTERFACE
  -Wall -Wextra -Wshadow -Wconversion -Wno-sign-conversion -Werror=return-type -Werror=switch
  "-ffile-prefix-map=${CMAKE_SOURCE_DIR}/=")
# GCC's own garbage collection costs a twelfth of the time of a file that includes CAF or Beast; so it
# may take 200 MB more.
target_compile_options(spooky_options INTERFACE
  $<$<CXX_COMPILER_ID:GNU>:--param=ggc-min-heapsize=1000000>)
if(SPOOKY_WARNINGS_AS_ERRORS)
  target_compile_options(spooky_options INTERFACE -Werror)
endif()

# The null check misfires inside CAF's headers whenever a function without arguments is spawned.
if(SPOOKY_SANITIZE)
  target_compile_options(spooky_options INTERFACE
    -fsanitize=${SPOOKY_SANITIZE} -fno-omit-frame-pointer)
  target_link_options(spooky_options INTERFACE -fsanitize=${SPOOKY_SANITIZE})
  if(SPOOKY_SANITIZE MATCHES "undefined")
    target_compile_options(spooky_options INTERFACE -fno-sanitize=null -fno-sanitize-recover=all)
  endif()
endif()
