#include "actors/exceptions.hpp"

#include <new>
#include <string>

namespace spooky::actors {

error exception_as_error(const std::exception_ptr& thrown) {
  try {
    std::rethrow_exception(thrown);
  } catch (const std::bad_alloc&) {
    return fail(errc::internal,
                "the memory that this process may have is used up; give it more, or lower the"
                " limits of memory in the settings");
  } catch (const std::exception& known) {
    return fail(errc::internal, std::string{"an exception: "} + known.what());
  } catch (...) {
    return fail(errc::internal, "an exception of an unknown type");
  }
}

}  // namespace spooky::actors
