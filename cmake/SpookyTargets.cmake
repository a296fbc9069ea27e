# spooky_precompile(<target> <header>...), spooky_precompile_like(<other> <target>...)
# What most of a target's sources include anyway is compiled once, where the preset asks for it; the second form has more
# targets share it. -fpch-preprocess: ccache finds a precompiled header's changes by this. GCC 12 misjudges std::string's
# own copies when they come from a precompiled header; the other presets keep these warnings.
# A header that was precompiled in another checkout knows its files by that one's paths and would include them twice: the
# definition keeps ccache from giving it out here.
string(MD5 spooky_checkout "${CMAKE_SOURCE_DIR}")
set(spooky_precompiled_options
  -DSPOOKY_PRECOMPILED_IN="${spooky_checkout}"
  -fpch-preprocess -Wno-array-bounds -Wno-restrict -Wno-stringop-overflow -Wno-stringop-overread)

function(spooky_precompile target)
  if(SPOOKY_PRECOMPILED_HEADERS)
    target_precompile_headers(${target} PRIVATE ${ARGN})
    target_compile_options(${target} PRIVATE ${spooky_precompiled_options})
  endif()
endfunction()

function(spooky_precompile_like other)
  if(SPOOKY_PRECOMPILED_HEADERS)
    foreach(target ${ARGN})
      target_precompile_headers(${target} REUSE_FROM ${other})
      target_compile_options(${target} PRIVATE ${spooky_precompiled_options})
    endforeach()
  endif()
endfunction()

# spooky_compile_together(<target> <source>...)
# What shares most of its templates is compiled as one source, where the preset precompiles headers: code for CAF's messages is
# most of what these sources cost, and is made once. Each source still stands on its own, as the other presets show.
# build/<preset>/compiled_together.txt names these groups, a line each, for those who read sources as the compiler does.
function(spooky_compile_together target)
  file(RELATIVE_PATH folder "${CMAKE_SOURCE_DIR}" "${CMAKE_CURRENT_SOURCE_DIR}")
  list(TRANSFORM ARGN PREPEND "${folder}/" OUTPUT_VARIABLE group)
  set_property(GLOBAL APPEND_STRING PROPERTY SPOOKY_COMPILED_TOGETHER "${group}\n")
  if(SPOOKY_PRECOMPILED_HEADERS)
    list(GET ARGN 0 first)
    set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_MODE GROUP)
    set_source_files_properties(${ARGN} PROPERTIES UNITY_GROUP "${first}")
  endif()
endfunction()

# spooky_library(<folder> SOURCES ... [USES <folder>...] [LINK <external target>...])
# One static library per folder. USES names the folders it may include; link order enforces it.
function(spooky_library name)
  cmake_parse_arguments(arg "" "" "SOURCES;USES;LINK" ${ARGN})
  add_library(spooky_${name} STATIC ${arg_SOURCES})
  list(TRANSFORM arg_USES PREPEND spooky_)
  target_link_libraries(spooky_${name} PUBLIC spooky_options ${arg_USES} ${arg_LINK})
endfunction()

# spooky_unit_test(<folder> SOURCES ...): one doctest binary per library, in tests/unit/<folder>.
function(spooky_unit_test name)
  cmake_parse_arguments(arg "" "" "SOURCES;LINK" ${ARGN})
  add_executable(unit_${name} ${arg_SOURCES} "${CMAKE_SOURCE_DIR}/tests/unit/main.cpp")
  target_link_libraries(unit_${name} PRIVATE spooky_${name} doctest::doctest ${arg_LINK})
  target_compile_definitions(unit_${name} PRIVATE
    SPOOKY_TEST_DATA="${CMAKE_SOURCE_DIR}/tests/data")
  add_test(NAME unit.${name} COMMAND unit_${name})
  # What is shipped and measured is built optimised; unit tests run in dev, asan and tsan.
  if(CMAKE_BUILD_TYPE STREQUAL "Release")
    set_target_properties(unit_${name} PROPERTIES EXCLUDE_FROM_ALL ON)
  endif()
  set_tests_properties(unit.${name} PROPERTIES TIMEOUT 300 LABELS unit)
endfunction()
