// Who stands where, in the order in which they came: a client's requests on a key. Nothing is allocated, since whoever
// stands in a lane is linked to those before and behind it, and the oldest of a lane stands for it in a fixed table.
//
//   struct request : model::lane_member<request> { ... };
//   model::lanes<request> lanes;
//   lanes.join(one);   then one.older() and one.newer() are those around it, until lanes.leave(one)
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string_view>

namespace tandem::model {

class lane {
 public:
  /// The key's bytes outlive the lane.
  lane(std::uint32_t client, std::string_view key)
      : client_(client),
        key_(key),
        hash_(std::hash<std::string_view>()(key) + client * std::size_t{0x9e3779b97f4a7c15}) {}

  std::uint32_t client() const { return client_; }
  std::string_view key() const { return key_; }
  std::size_t hash() const { return hash_; }

  friend bool operator==(lane const& one, lane const& other) {
    return one.hash_ == other.hash_ && one.client_ == other.client_ && one.key_ == other.key_;
  }

 private:
  std::uint32_t client_;
  std::string_view key_;
  std::size_t hash_;
};

template <class Member>
class lanes;

/// What a member derives from. It stays where it is while it is in a lane.
template <class Member>
class lane_member {
 public:
  explicit lane_member(lane of) : of_(of) {}
  lane_member(lane_member const&) = delete;
  lane_member& operator=(lane_member const&) = delete;

  lane const& of() const { return of_; }

  /// The next in the same lane that came before, and after; null if there is none.
  Member* older() const { return older_; }
  Member* newer() const { return newer_; }

 private:
  friend lanes<Member>;

  lane const of_;
  Member* older_ = nullptr;
  Member* newer_ = nullptr;
  // Of the oldest only.
  Member* newest_ = nullptr;
  Member* next_lane_ = nullptr;  // in the same bucket of the table
};

template <class Member>
class lanes {
 public:
  lanes() = default;
  lanes(lanes const&) = delete;
  lanes& operator=(lanes const&) = delete;

  /// Behind all others of its lane.
  void join(Member& joining) {
    hook& one = joining;
    one.older_ = one.newer_ = nullptr;
    if (hook* const first = oldest(one.of_)) {
      one.older_ = first->newest_;
      hook_of(one.older_).newer_ = &joining;
      first->newest_ = &joining;
      return;
    }
    Member*& bucket = bucket_of(one.of_);
    one.newest_ = &joining;
    one.next_lane_ = bucket;
    bucket = &joining;
  }

  void leave(Member& leaving) {
    hook& one = leaving;
    if (!one.older_) return leave_first(leaving);
    hook_of(one.older_).newer_ = one.newer_;
    if (one.newer_) {
      hook_of(one.newer_).older_ = one.older_;
    } else {
      hook_of(oldest(one.of_)).newest_ = one.older_;
    }
  }

  /// Null if nobody is in that lane.
  Member* oldest(lane const& of) const {
    Member* each = buckets_[of.hash() % buckets_.size()];
    while (each && !(hook_of(each).of_ == of)) each = hook_of(each).next_lane_;
    return each;
  }

 private:
  using hook = lane_member<Member>;

  static hook& hook_of(Member* one) { return *one; }
  Member*& bucket_of(lane const& of) { return buckets_[of.hash() % buckets_.size()]; }

  /// The next one stands for the lane from here on.
  void leave_first(Member& leaving) {
    hook& one = leaving;
    Member** at = &bucket_of(one.of_);
    while (*at != &leaving) at = &hook_of(*at).next_lane_;
    *at = one.newer_ ? one.newer_ : one.next_lane_;
    if (!one.newer_) return;
    hook& first = hook_of(one.newer_);
    first.older_ = nullptr;
    first.newest_ = one.newest_;
    first.next_lane_ = one.next_lane_;
  }

  std::array<Member*, 4096> buckets_{};
};

}  // namespace tandem::model
