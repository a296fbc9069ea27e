// Asio's and Beast's non-template code, compiled once here (BOOST_*_SEPARATE_COMPILATION, set in
// net/CMakeLists.txt) instead of in every file that uses them.
#include <boost/asio/impl/src.hpp>
#include <boost/asio/ssl/impl/src.hpp>
#include <boost/beast/src.hpp>
