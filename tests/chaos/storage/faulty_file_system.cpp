#include "tests/chaos/storage/faulty_file_system.hpp"

namespace spooky::chaos {

using storage::file;
using storage::posix_file_system;

struct faulty_file_system::dice {
  std::mt19937_64 random;
  std::uint64_t period;
  std::uint64_t injected = 0;

  std::uint64_t below(std::uint64_t bound) {
    return std::uniform_int_distribution<std::uint64_t>(0, bound - 1)(random);
  }
  bool one_in(std::uint64_t n) {
    const bool hit = below(n) == 0;
    injected += hit ? 1 : 0;
    return hit;
  }
};

class faulty_file_system::faulty_file final : public file {
 public:
  faulty_file(std::unique_ptr<file> real, std::shared_ptr<dice> d)
      : real_(std::move(real)), dice_(std::move(d)) {}

  result<std::size_t> read_at(std::uint64_t offset, std::span<char> into) override {
    return real_->read_at(offset, into);
  }
  result<std::size_t> write_some_at(std::uint64_t offset, std::string_view bytes) override {
    if (!dice_->one_in(dice_->period)) return real_->write_some_at(offset, bytes);
    const std::string_view part = bytes.substr(0, 1 + dice_->below(bytes.size()));
    auto written = real_->write_some_at(offset, part);
    switch (dice_->below(3)) {
      case 0:
        return fail(errc::io_error, "injected write error");
      case 1:
        return fail(errc::io_error, "injected full disk", error_cause::full_disk);
      default:
        return written;
    }
  }
  result<void> sync() override {
    if (dice_->one_in(dice_->period * 20)) return fail(errc::io_error, "injected sync error");
    return real_->sync();
  }
  result<void> allocate(std::uint64_t size) override {
    if (dice_->one_in(dice_->period))
      return fail(errc::io_error, "injected full disk", error_cause::full_disk);
    return real_->allocate(size);
  }
  result<std::uint64_t> size() override { return real_->size(); }

 private:
  std::unique_ptr<file> real_;
  std::shared_ptr<dice> dice_;
};

faulty_file_system::faulty_file_system(std::uint64_t seed, std::uint64_t period)
    : dice_(std::make_shared<dice>(dice{std::mt19937_64(seed), period})) {}
faulty_file_system::~faulty_file_system() = default;

std::uint64_t faulty_file_system::injected() const noexcept { return dice_->injected; }

result<std::unique_ptr<file>> faulty_file_system::open(const std::string& path,
                                                       storage::open_mode mode) {
  SPOOKY_ASSIGN(std::unique_ptr<file> real, posix_file_system().open(path, mode));
  return std::unique_ptr<file>(std::make_unique<faulty_file>(std::move(real), dice_));
}
result<void> faulty_file_system::rename(const std::string& from, const std::string& to) {
  return posix_file_system().rename(from, to);
}
result<void> faulty_file_system::remove(const std::string& path) {
  return posix_file_system().remove(path);
}
result<std::vector<std::string>> faulty_file_system::list(const std::string& directory) {
  return posix_file_system().list(directory);
}
result<void> faulty_file_system::sync_directory(const std::string& directory) {
  return posix_file_system().sync_directory(directory);
}
result<void> faulty_file_system::create_directories(const std::string& directory) {
  return posix_file_system().create_directories(directory);
}
result<bool> faulty_file_system::is_directory(const std::string& path) {
  return posix_file_system().is_directory(path);
}
result<std::unique_ptr<storage::directory_lock>> faulty_file_system::lock(
    const std::string& directory) {
  return posix_file_system().lock(directory);
}

}  // namespace spooky::chaos
