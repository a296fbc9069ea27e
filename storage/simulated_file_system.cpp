#include "storage/simulated_file_system.hpp"

#include <algorithm>
#include <cstring>
#include <set>

namespace spooky::storage {
namespace {

constexpr std::uint64_t sector_bytes = 512;

error disk_failure(const std::string& path, std::string_view operation, std::string_view code) {
  return fail(errc::io_error,
              path + ": " + std::string(operation) + " failed: simulated " + std::string(code),
              code == "ENOSPC" ? error_cause::full_disk : error_cause::unstated);
}

/// A file's content as the running system sees it, and as the disk has it.
struct inode {
  std::string seen;
  std::string stored;
  std::set<std::uint64_t> dirty;  ///< sectors of `seen` not yet in `stored`

  void mark(std::uint64_t from, std::uint64_t to) {
    for (std::uint64_t s = from / sector_bytes; s * sector_bytes < to; ++s) dirty.insert(s);
  }
  void store_all() {
    stored = seen;
    dirty.clear();
  }
};
using inode_ptr = std::shared_ptr<inode>;
using name_map = std::map<std::string, inode_ptr>;

/// One change of names: removes `gone` if set, then binds `made` if set.
struct name_change {
  std::string gone;
  std::string made;
  inode_ptr target;

  void apply(name_map& names) const {
    if (!gone.empty()) names.erase(gone);
    if (!made.empty()) names[made] = target;
  }
};

std::string parent_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string::npos ? std::string() : path.substr(0, slash);
}

}  // namespace

class simulated_file_system::disk {
 public:
  explicit disk(std::uint64_t seed) : random(seed) {}

  bool happens(double probability) {
    return probability > 0 && std::uniform_real_distribution<double>(0, 1)(random) < probability;
  }
  std::uint64_t below(std::uint64_t bound) {
    return std::uniform_int_distribution<std::uint64_t>(0, bound - 1)(random);
  }
  std::uint64_t used() const {
    std::uint64_t sum = 0;
    for (const auto& [path, node] : seen_names) sum += node->seen.size();
    return sum;
  }
  void change_names(name_change change) {
    change.apply(seen_names);
    pending.push_back(std::move(change));
  }
  void lose_unsynced(inode& node);

  std::mt19937_64 random;
  disk_faults faults;
  std::uint64_t capacity = UINT64_MAX;
  counts injected;
  name_map seen_names;
  name_map stored_names;
  std::vector<name_change> pending;
  std::set<std::string> directories;
  std::set<std::string> locked;
  std::uint64_t boot = 0;  ///< handles of an earlier boot are dead
};

void simulated_file_system::disk::lose_unsynced(inode& node) {
  if (node.stored.size() < node.seen.size() && below(2) == 0) {
    node.stored.resize(node.seen.size(), '\0');
  }
  for (const std::uint64_t sector : node.dirty) {
    const std::uint64_t from = sector * sector_bytes;
    if (from >= node.stored.size() || from >= node.seen.size()) continue;
    const std::uint64_t most =
        std::min({sector_bytes, node.stored.size() - from, node.seen.size() - from});
    const std::uint64_t fate = below(3);
    const std::uint64_t n = fate == 0 ? 0 : fate == 1 ? most : below(most + 1);
    std::memcpy(node.stored.data() + from, node.seen.data() + from, n);
  }
  node.dirty.clear();
  node.seen = node.stored;
}

class simulated_file_system::open_file final : public file {
 public:
  open_file(std::shared_ptr<disk> d, inode_ptr node, std::string path)
      : disk_(std::move(d)), node_(std::move(node)), path_(std::move(path)), boot_(disk_->boot) {}

  result<std::size_t> read_at(std::uint64_t offset, std::span<char> into) override {
    SPOOKY_TRY(alive());
    if (disk_->happens(disk_->faults.read_error)) {
      ++disk_->injected.read_errors;
      return disk_failure(path_, "read", "EIO");
    }
    if (offset >= node_->seen.size()) return std::size_t{0};
    const std::size_t n = std::min<std::size_t>(into.size(), node_->seen.size() - offset);
    std::memcpy(into.data(), node_->seen.data() + offset, n);
    return n;
  }

  result<std::size_t> write_some_at(std::uint64_t offset, std::string_view bytes) override {
    SPOOKY_TRY(alive());
    if (disk_->happens(disk_->faults.write_error)) {
      ++disk_->injected.write_errors;
      put(offset, bytes.substr(0, disk_->below(bytes.size() + 1)));
      return disk_failure(path_, "write", "EIO");
    }
    if (bytes.size() > 1 && disk_->happens(disk_->faults.short_write)) {
      ++disk_->injected.short_writes;
      bytes = bytes.substr(0, 1 + disk_->below(bytes.size() - 1));
    }
    const std::uint64_t room = room_at(offset);
    if (room < bytes.size()) {
      ++disk_->injected.out_of_space;
      if (room == 0) return disk_failure(path_, "write", "ENOSPC");
      bytes = bytes.substr(0, room);
    }
    put(offset, bytes);
    return bytes.size();
  }

  result<void> sync() override {
    SPOOKY_TRY(alive());
    if (disk_->happens(disk_->faults.sync_error)) {
      ++disk_->injected.sync_errors;
      node_->dirty.clear();
      return disk_failure(path_, "sync", "EIO");
    }
    if (node_->stored.size() != node_->seen.size()) node_->stored.resize(node_->seen.size(), '\0');
    for (const std::uint64_t sector : node_->dirty) {
      const std::uint64_t from = sector * sector_bytes;
      if (from >= node_->seen.size()) continue;
      const std::uint64_t n = std::min(sector_bytes, node_->seen.size() - from);
      std::memcpy(node_->stored.data() + from, node_->seen.data() + from, n);
    }
    node_->dirty.clear();
    return {};
  }

  result<void> allocate(std::uint64_t size) override {
    SPOOKY_TRY(alive());
    if (size <= node_->seen.size()) return {};
    if (size - node_->seen.size() > room()) {
      ++disk_->injected.out_of_space;
      return disk_failure(path_, "allocate", "ENOSPC");
    }
    node_->seen.resize(size, '\0');
    return {};
  }

  result<std::uint64_t> size() override {
    SPOOKY_TRY(alive());
    return std::uint64_t{node_->seen.size()};
  }

 private:
  result<void> alive() {
    ++disk_->injected.operations;
    if (boot_ != disk_->boot)
      return disk_failure(path_, "use of a file of a dead process", "EBADF");
    return {};
  }
  std::uint64_t room() const {
    const std::uint64_t used = disk_->used();
    return used >= disk_->capacity ? 0 : disk_->capacity - used;
  }
  std::uint64_t room_at(std::uint64_t offset) const {
    const std::uint64_t inside =
        node_->seen.size() > offset ? node_->seen.size() - offset : std::uint64_t{0};
    const std::uint64_t more = room();
    return more > UINT64_MAX - inside ? UINT64_MAX : inside + more;
  }
  void put(std::uint64_t offset, std::string_view bytes) {
    if (bytes.empty()) return;
    if (node_->seen.size() < offset + bytes.size()) node_->seen.resize(offset + bytes.size(), '\0');
    std::memcpy(node_->seen.data() + offset, bytes.data(), bytes.size());
    node_->mark(offset, offset + bytes.size());
  }

  std::shared_ptr<disk> disk_;
  inode_ptr node_;
  std::string path_;
  std::uint64_t boot_;
};

class simulated_file_system::held_lock final : public directory_lock {
 public:
  held_lock(std::shared_ptr<disk> d, std::string directory)
      : disk_(std::move(d)), directory_(std::move(directory)), boot_(disk_->boot) {}
  ~held_lock() override {
    if (boot_ == disk_->boot) disk_->locked.erase(directory_);
  }

 private:
  std::shared_ptr<disk> disk_;
  std::string directory_;
  std::uint64_t boot_;
};

simulated_file_system::simulated_file_system(std::uint64_t seed)
    : disk_(std::make_shared<disk>(seed)) {}
simulated_file_system::~simulated_file_system() = default;

void simulated_file_system::set_faults(const disk_faults& faults) noexcept {
  disk_->faults = faults;
}
void simulated_file_system::set_capacity(std::uint64_t bytes) noexcept { disk_->capacity = bytes; }
std::uint64_t simulated_file_system::used_bytes() const { return disk_->used(); }
const simulated_file_system::counts& simulated_file_system::injected() const noexcept {
  return disk_->injected;
}

void simulated_file_system::kill() {
  ++disk_->boot;
  disk_->locked.clear();
}

void simulated_file_system::power_loss() {
  kill();
  const std::uint64_t kept = disk_->below(disk_->pending.size() + 1);
  for (std::uint64_t i = 0; i < kept; ++i) disk_->pending[i].apply(disk_->stored_names);
  disk_->pending.clear();
  disk_->seen_names = disk_->stored_names;
  for (const auto& [path, node] : disk_->seen_names) disk_->lose_unsynced(*node);
}

void simulated_file_system::flip_bit(const std::string& path, std::uint64_t bit) {
  inode& node = *disk_->seen_names.at(path);
  char& byte = node.seen.at(bit / 8);
  byte = static_cast<char>(byte ^ (1 << (bit % 8)));
  node.store_all();
}

result<std::unique_ptr<file>> simulated_file_system::open(const std::string& path, open_mode mode) {
  auto found = disk_->seen_names.find(path);
  if (mode == open_mode::create) {
    if (disk_->happens(disk_->faults.name_error)) {
      ++disk_->injected.name_errors;
      return disk_failure(path, "create", "EIO");
    }
    disk_->change_names({.gone = {}, .made = path, .target = std::make_shared<inode>()});
    found = disk_->seen_names.find(path);
  }
  if (found == disk_->seen_names.end()) return disk_failure(path, "open", "ENOENT");
  return std::unique_ptr<file>(std::make_unique<open_file>(disk_, found->second, path));
}

result<void> simulated_file_system::rename(const std::string& from, const std::string& to) {
  const auto found = disk_->seen_names.find(from);
  if (found == disk_->seen_names.end()) return disk_failure(from, "rename", "ENOENT");
  if (disk_->happens(disk_->faults.name_error)) {
    ++disk_->injected.name_errors;
    return disk_failure(from, "rename", "EIO");
  }
  disk_->change_names({.gone = from, .made = to, .target = found->second});
  return {};
}

result<void> simulated_file_system::remove(const std::string& path) {
  if (!disk_->seen_names.contains(path)) return disk_failure(path, "remove", "ENOENT");
  if (disk_->happens(disk_->faults.name_error)) {
    ++disk_->injected.name_errors;
    return disk_failure(path, "remove", "EIO");
  }
  disk_->change_names({.gone = path, .made = {}, .target = nullptr});
  return {};
}

result<std::vector<std::string>> simulated_file_system::list(const std::string& directory) {
  if (!disk_->directories.contains(directory)) return disk_failure(directory, "list", "ENOENT");
  std::vector<std::string> names;
  for (const auto& [path, node] : disk_->seen_names) {
    if (parent_of(path) == directory) names.push_back(path.substr(directory.size() + 1));
  }
  return names;
}

result<void> simulated_file_system::sync_directory(const std::string& directory) {
  if (disk_->happens(disk_->faults.name_error)) {
    ++disk_->injected.name_errors;
    return disk_failure(directory, "sync", "EIO");
  }
  // One journal for all names, as on the usual file systems.
  for (const name_change& change : disk_->pending) change.apply(disk_->stored_names);
  disk_->pending.clear();
  return {};
}

result<void> simulated_file_system::create_directories(const std::string& directory) {
  disk_->directories.insert(directory);
  return {};
}

result<bool> simulated_file_system::is_directory(const std::string& path) {
  return disk_->directories.contains(path);
}

result<std::unique_ptr<directory_lock>> simulated_file_system::lock(const std::string& directory) {
  if (!disk_->locked.insert(directory).second) {
    return fail(errc::conflict, directory + " is in use by another process");
  }
  return std::unique_ptr<directory_lock>(std::make_unique<held_lock>(disk_, directory));
}

}  // namespace spooky::storage
