#include "storage/file_system.hpp"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <filesystem>
#include <sys/file.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

namespace spooky::storage {
namespace {

/// For want of room: of the disk, of a quota, or of the size that files may have (RLIMIT_FSIZE).
bool is_full(int code) noexcept { return code == ENOSPC || code == EDQUOT || code == EFBIG; }

/// "<path>: <operation> failed: <system text>".
error system_failure(std::string_view operation, const std::string& path, int code) {
  return fail(
      errc::io_error,
      path + ": " + std::string(operation) + " failed: " + std::generic_category().message(code),
      is_full(code) ? error_cause::full_disk : error_cause::unstated);
}

/// An owned file descriptor.
class descriptor {
 public:
  explicit descriptor(int fd) noexcept : fd_(fd) {}
  descriptor(const descriptor&) = delete;
  descriptor& operator=(const descriptor&) = delete;
  ~descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  int get() const noexcept { return fd_; }

 private:
  int fd_;
};

class posix_file final : public file {
 public:
  posix_file(int fd, std::string path) : fd_(fd), path_(std::move(path)) {}

  result<std::size_t> read_at(std::uint64_t offset, std::span<char> into) override {
    std::size_t done = 0;
    while (done < into.size()) {
      const ssize_t n = ::pread(fd_.get(), into.data() + done, into.size() - done,
                                static_cast<off_t>(offset + done));
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) return system_failure("read", path_, errno);
      if (n == 0) break;
      done += static_cast<std::size_t>(n);
    }
    return done;
  }

  result<std::size_t> write_some_at(std::uint64_t offset, std::string_view bytes) override {
    for (;;) {
      const ssize_t n = ::pwrite(fd_.get(), bytes.data(), bytes.size(), static_cast<off_t>(offset));
      if (n > 0) return static_cast<std::size_t>(n);
      if (n == 0) return system_failure("write", path_, ENOSPC);
      if (errno != EINTR) return system_failure("write", path_, errno);
    }
  }

  result<void> sync() override {
    if (::fdatasync(fd_.get()) != 0) return system_failure("sync", path_, errno);
    return {};
  }

  result<void> allocate(std::uint64_t size) override {
    int code = 0;
    do {
      code = ::fallocate(fd_.get(), 0, 0, static_cast<off_t>(size)) == 0 ? 0 : errno;
    } while (code == EINTR);
    // Some file systems cannot reserve; there, writing is what finds out about space.
    if (code == EOPNOTSUPP)
      code = ::ftruncate(fd_.get(), static_cast<off_t>(size)) == 0 ? 0 : errno;
    if (code != 0) return system_failure("allocate", path_, code);
    return {};
  }

  result<std::uint64_t> size() override {
    struct stat info {};
    if (::fstat(fd_.get(), &info) != 0) return system_failure("stat", path_, errno);
    return static_cast<std::uint64_t>(info.st_size);
  }

 private:
  descriptor fd_;
  std::string path_;
};

class posix_lock final : public directory_lock {
 public:
  explicit posix_lock(int fd) : fd_(fd) {}

 private:
  descriptor fd_;
};

int open_flags(open_mode mode) {
  switch (mode) {
    case open_mode::read:
      return O_RDONLY | O_CLOEXEC;
    case open_mode::read_write:
      return O_RDWR | O_CLOEXEC;
    case open_mode::create:
      return O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC;
  }
  return O_RDONLY | O_CLOEXEC;
}

class posix_files final : public file_system {
 public:
  result<std::unique_ptr<file>> open(const std::string& path, open_mode mode) override {
    const int fd = ::open(path.c_str(), open_flags(mode), 0640);
    if (fd < 0) return system_failure("open", path, errno);
    return std::unique_ptr<file>(std::make_unique<posix_file>(fd, path));
  }

  result<void> rename(const std::string& from, const std::string& to) override {
    if (::rename(from.c_str(), to.c_str()) != 0) {
      return system_failure("rename to " + to, from, errno);
    }
    return {};
  }

  result<void> remove(const std::string& path) override {
    if (::unlink(path.c_str()) != 0) return system_failure("remove", path, errno);
    return {};
  }

  result<std::vector<std::string>> list(const std::string& directory) override {
    std::error_code code;
    std::vector<std::string> names;
    std::filesystem::directory_iterator entry(directory, code);
    while (!code && entry != std::filesystem::directory_iterator()) {
      names.push_back(entry->path().filename().string());
      entry.increment(code);
    }
    if (code) return system_failure("list", directory, code.value());
    std::sort(names.begin(), names.end());
    return names;
  }

  result<void> sync_directory(const std::string& directory) override {
    const int fd = ::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) return system_failure("open", directory, errno);
    const descriptor owned(fd);
    if (::fsync(owned.get()) != 0) return system_failure("sync", directory, errno);
    return {};
  }

  result<void> create_directories(const std::string& directory) override {
    std::error_code code;
    std::vector<std::filesystem::path> missing;
    for (std::filesystem::path at = directory;
         !at.empty() && !std::filesystem::exists(at, code) && !code; at = at.parent_path()) {
      missing.push_back(at);
    }
    if (!code) std::filesystem::create_directories(directory, code);
    if (code) return system_failure("create directory", directory, code.value());
    // A directory survives power loss only once its parent has been synced.
    for (const std::filesystem::path& made : missing) {
      const std::string parent = made.parent_path().string();
      SPOOKY_TRY(sync_directory(parent.empty() ? "." : parent));
    }
    return {};
  }

  result<bool> is_directory(const std::string& path) override {
    struct stat info {};
    if (::stat(path.c_str(), &info) != 0) {
      if (errno == ENOENT) return false;
      return system_failure("stat", path, errno);
    }
    return S_ISDIR(info.st_mode);
  }

  result<std::unique_ptr<directory_lock>> lock(const std::string& directory) override {
    const std::string path = join_path(directory, "LOCK");
    const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0640);
    if (fd < 0) return system_failure("open", path, errno);
    auto owned = std::make_unique<posix_lock>(fd);
    if (::flock(fd, LOCK_EX | LOCK_NB) != 0) {
      if (errno != EWOULDBLOCK) return system_failure("lock", path, errno);
      return fail(errc::conflict, directory +
                                      " is in use by another process; stop it, or give this one a "
                                      "directory of its own");
    }
    return std::unique_ptr<directory_lock>(std::move(owned));
  }
};

}  // namespace

file_system& posix_file_system() {
  static posix_files files;
  return files;
}

result<void> file::write_at(std::uint64_t offset, std::string_view bytes) {
  while (!bytes.empty()) {
    SPOOKY_ASSIGN(const std::size_t written, write_some_at(offset, bytes));
    bytes.remove_prefix(written);
    offset += written;
  }
  return {};
}

bool is_out_of_space(const error& failure) noexcept {
  return failure.cause == error_cause::full_disk;
}

std::string join_path(std::string_view directory, std::string_view name) {
  std::string path(directory);
  if (!path.empty() && path.back() != '/') path += '/';
  path += name;
  return path;
}

}  // namespace spooky::storage
