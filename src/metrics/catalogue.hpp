// Every metric that Tandem exposes: its name, kind and meaning, in one place.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace tandem::metrics {

enum class kind : std::uint8_t { counter, gauge, histogram };

struct family {
  std::string_view name;
  metrics::kind kind;
  std::string_view help;
};

// The client side.
inline constexpr family client_connections{"tandem_client_connections", kind::gauge,
                                           "Client connections now open, by worker."};
inline constexpr family client_connections_total{"tandem_client_connections_total", kind::counter,
                                                 "Client connections accepted."};
inline constexpr family client_connections_rejected_total{
    "tandem_client_connections_rejected_total", kind::counter,
    "Client connections closed at once because limits.connections was reached."};
inline constexpr family client_connections_ended_total{
    "tandem_client_connections_ended_total", kind::counter,
    "Client connections that are over, those closed at once included, by reason."};
inline constexpr family client_read_bytes_total{"tandem_client_read_bytes_total", kind::counter,
                                                "Bytes read from clients."};
inline constexpr family client_written_bytes_total{"tandem_client_written_bytes_total", kind::counter,
                                                   "Bytes written to clients."};
inline constexpr family client_commands_total{"tandem_client_commands_total", kind::counter,
                                              "Commands received from clients, one per key, by command."};
inline constexpr family client_hits_total{"tandem_client_hits_total", kind::counter,
                                          "Commands that found their item, by command."};
inline constexpr family client_misses_total{"tandem_client_misses_total", kind::counter,
                                            "Commands that found no item, by command."};
inline constexpr family client_errors_total{
    "tandem_client_errors_total", kind::counter,
    "Error replies sent to clients, by kind: error, client_error, server_error."};
inline constexpr family client_paused_total{
    "tandem_client_paused_total", kind::counter,
    "Times a connection was read no further until its replies had drained."};
inline constexpr family client_turns_cut_total{
    "tandem_client_turns_cut_total", kind::counter,
    "Times a connection had more to do than its turn allowed, and other clients were served first."};
inline constexpr family client_stalled_total{
    "tandem_client_stalled_total", kind::counter,
    "Connections that were ended since a command of theirs did not arrive in full."};
inline constexpr family client_memory_waits_total{
    "tandem_client_memory_waits_total", kind::counter,
    "Times a client was read no further until limits.memory had room for its value, or for the reply."};
inline constexpr family client_in_flight{"tandem_client_requests_in_flight", kind::gauge,
                                         "Requests of clients whose replies are owed, by worker."};
inline constexpr family overload_refusals_total{
    "tandem_overload_refusals_total", kind::counter,
    "Requests that were answered at once, and connections that were closed at once, because a limit was "
    "reached, by limit."};
inline constexpr family buffer_bytes{"tandem_buffer_bytes", kind::gauge, "Bytes in buffers, by worker."};
inline constexpr family resident_bytes{"tandem_resident_bytes", kind::gauge,
                                       "Bytes of this process in main memory, accounted for or not."};
inline constexpr family memory_trims_total{
    "tandem_memory_trims_total", kind::counter,
    "Times that free memory was given back to the system, after much of what was held had gone."};

// Backends.
inline constexpr family requests_total{"tandem_requests_total", kind::counter,
                                       "Requests to a backend, by command, backend and outcome."};
inline constexpr family hits_total{"tandem_hits_total", kind::counter,
                                   "Reads that found an item, by backend."};
inline constexpr family misses_total{"tandem_misses_total", kind::counter,
                                     "Reads that found none, by backend."};
inline constexpr family request_seconds{
    "tandem_request_duration_seconds", kind::histogram,
    "Time from a request's arrival at a backend to its response, by backend."};
inline constexpr family errors_total{"tandem_errors_total", kind::counter,
                                     "Failed requests, by backend and kind."};
inline constexpr family oversized_values_total{
    "tandem_oversized_values_total", kind::counter,
    "Values of servers that are larger than limits.value, which were read past, by backend."};
inline constexpr family server_up{"tandem_server_connections", kind::gauge,
                                  "Connections to a server that are established, by backend and server."};
inline constexpr family server_connects_total{"tandem_server_connects_total", kind::counter,
                                              "Connections established to a server."};
inline constexpr family server_connect_failures_total{"tandem_server_connect_failures_total", kind::counter,
                                                      "Attempts to connect to a server that failed."};
inline constexpr family server_disconnects_total{"tandem_server_disconnects_total", kind::counter,
                                                 "Established connections to a server that ended."};
inline constexpr family server_trouble{
    "tandem_server_trouble", kind::gauge,
    "Links of workers that now see a server in trouble, by backend, server and kind of trouble."};
inline constexpr family server_pending{"tandem_server_pending_requests", kind::gauge,
                                       "Requests that wait for a server's answer."};
inline constexpr family server_late_replies_total{"tandem_server_late_replies_total", kind::counter,
                                                  "Answers that came after their request had timed out."};
inline constexpr family server_held_back_total{
    "tandem_server_held_back_total", kind::counter,
    "Requests that were not sent before others were answered, so that no line forms in the server."};
inline constexpr family server_withheld_percent{
    "tandem_server_withheld_percent", kind::gauge,
    "Percent of a server's keys that it is not asked for, since it has failed or returns step by step."};
inline constexpr family server_not_asked_total{
    "tandem_server_not_asked_total", kind::counter,
    "Requests that were refused at once, because their server is left alone."};
inline constexpr family server_overloaded_total{"tandem_server_overloaded_total", kind::counter,
                                                "Requests that were refused at once, because as many as "
                                                "limits.in_flight_per_server allows were waiting for the "
                                                "server."};
inline constexpr family server_probes_total{
    "tandem_server_probes_total", kind::counter,
    "Servers asked how they are, by backend, server and result: answered or silent."};
inline constexpr family server_moves_total{
    "tandem_server_moves_total", kind::counter,
    "Connections that were made anew since the server's name stands for another address."};
inline constexpr family server_retries_total{
    "tandem_server_retries_total", kind::counter,
    "Requests sent to a server a second time after a connection was lost, by backend and server."};
inline constexpr family server_retries_refused_total{
    "tandem_server_retries_refused_total", kind::counter,
    "Requests that were not sent again because their server's budget for that was spent."};
inline constexpr family server_read_bytes_total{"tandem_server_read_bytes_total", kind::counter,
                                                "Bytes read from a server."};
inline constexpr family server_written_bytes_total{"tandem_server_written_bytes_total", kind::counter,
                                                   "Bytes written to a server."};
inline constexpr family redirections_total{"tandem_redis_redirections_total", kind::counter,
                                           "Redirections followed in a Redis Cluster, by backend and kind."};
inline constexpr family slot_map_refreshes_total{"tandem_redis_slot_map_refreshes_total", kind::counter,
                                                 "Slot maps fetched from a Redis Cluster."};
inline constexpr family structure_requests_total{"tandem_structure_requests_total", kind::counter,
                                                 "Requests for structures of Redis, refused ones "
                                                 "too, by backend, structure and command."};
inline constexpr family zone_reads_total{"tandem_zone_reads_total", kind::counter,
                                         "Reads in which zones decide, by backend and by where they were "
                                         "sent: to the zone of this process, or elsewhere."};
inline constexpr family replica_reads_total{"tandem_redis_replica_reads_total", kind::counter,
                                            "Reads that were sent to a replica, by backend."};
inline constexpr family master_switches_total{
    "tandem_redis_master_switches_total", kind::counter,
    "Times that Sentinels named another master than before, by backend."};

// Pools whose servers are found.
inline constexpr family discovery_servers{"tandem_discovery_servers", kind::gauge,
                                          "Servers that a pool has by discovery, by backend."};
inline constexpr family discovery_changes_total{
    "tandem_discovery_changes_total", kind::counter,
    "Times that discovery found other servers than a pool had, by backend."};
inline constexpr family discovery_failures_total{
    "tandem_discovery_failures_total", kind::counter,
    "Times that whoever knows a pool's servers did not tell them, by backend."};
inline constexpr family discovery_last_success_seconds{
    "tandem_discovery_last_success_timestamp_seconds", kind::gauge,
    "When a pool's servers were told last, in seconds since the Unix epoch; 0: never. By backend."};

// The store in memory.
inline constexpr family memory_bytes{"tandem_memory_bytes", kind::gauge,
                                     "Bytes in the memory store: keys, values and bookkeeping."};
inline constexpr family memory_limit_bytes{"tandem_memory_limit_bytes", kind::gauge,
                                           "Bound of tandem_memory_bytes."};
inline constexpr family memory_items{"tandem_memory_items", kind::gauge, "Items in the memory store."};
inline constexpr family memory_evictions_total{"tandem_memory_evictions_total", kind::counter,
                                               "Items evicted from the memory store to make room."};
inline constexpr family memory_expirations_total{
    "tandem_memory_expirations_total", kind::counter,
    "Items removed from the memory store because their time was over."};

// Two tiers.
inline constexpr family tier_hits_total{
    "tandem_tier_hits_total", kind::counter,
    "Reads of two tiers that found their item, by backend and tier: l1, l2."};
inline constexpr family tier_misses_total{"tandem_tier_misses_total", kind::counter,
                                          "Reads of two tiers that found nothing, by backend."};
inline constexpr family tier_l1_failures_total{
    "tandem_tier_l1_failures_total", kind::counter,
    "Reads that L2 answered since L1 failed, or had missed a removal of the key."};
inline constexpr family tier_fills_total{"tandem_tier_fills_total", kind::counter,
                                         "Items from L2 that were stored in L1 by a read."};
inline constexpr family tier_fills_refused_total{
    "tandem_tier_fills_refused_total", kind::counter,
    "Items from L2 that L1 did not take, since the key was written or deleted meanwhile."};
inline constexpr family tier_fills_failed_total{
    "tandem_tier_fills_failed_total", kind::counter,
    "Items from L2 that could not be stored in L1: it failed, or they are too large for it."};
inline constexpr family tier_lease_waits_total{"tandem_tier_lease_waits_total", kind::counter,
                                               "Pauses of reads while another one fetched the item from L2."};
inline constexpr family tier_stale_total{"tandem_tier_stale_total", kind::counter,
                                         "Reads that found an item in L1 which was marked as stale."};
inline constexpr family tier_stale_answers_total{"tandem_tier_stale_answers_total", kind::counter,
                                                 "Reads of two tiers that were answered what is old in L1, "
                                                 "by backend and reason: failed, slow, refreshing."};
inline constexpr family tier_removals_missed_total{"tandem_tier_removals_missed_total", kind::counter,
                                                   "Removals that L1 did not confirm."};
inline constexpr family tier_removals_replayed_total{"tandem_tier_removals_replayed_total", kind::counter,
                                                     "Missed removals that L1 has confirmed since."};
inline constexpr family tier_work_refused_total{"tandem_tier_work_refused_total", kind::counter,
                                                "Times that work of tiers could not begin beside what is "
                                                "under way, by backend and work: write, fill, give_up, "
                                                "refresh, invalidation, near_store, flush."};
inline constexpr family tier_removals_due{
    "tandem_tier_removals_due", kind::gauge,
    "Keys that are read from L2, since L1 has not confirmed their removal yet; by backend."};
inline constexpr family failover_removals_due{"tandem_failover_removals_due", kind::gauge,
                                              "Keys that were changed while another stood in, and are "
                                              "removed from the first before it answers; by backend."};
inline constexpr family pool_removals_due{
    "tandem_pool_removals_due", kind::gauge,
    "Keys whose change a server of a pool has missed, and which are "
    "removed from it before it is asked for them; by backend and server."};
inline constexpr family pool_removals_replayed_total{
    "tandem_pool_removals_replayed_total", kind::counter,
    "Removals and flushes that a server of a pool had missed and "
    "has confirmed since; by backend and server."};

// The queue of what L2 does not have yet.
inline constexpr family write_back_items{"tandem_tier_write_back_items", kind::gauge,
                                         "Keys whose value is not in L2 yet, by backend."};
inline constexpr family write_back_bytes{"tandem_tier_write_back_bytes", kind::gauge,
                                         "Bytes of their keys and values."};
inline constexpr family write_back_age_seconds{"tandem_tier_write_back_age_seconds", kind::gauge,
                                               "How long the oldest of them has waited."};
inline constexpr family write_back_written_total{"tandem_tier_write_back_written_total", kind::counter,
                                                 "Values from the queue that L2 has taken."};
inline constexpr family write_back_coalesced_total{
    "tandem_tier_write_back_coalesced_total", kind::counter,
    "Values that a newer one of their key replaced before they were written."};
inline constexpr family write_back_full_total{"tandem_tier_write_back_full_total", kind::counter,
                                              "Sets for which the queue had no room."};
inline constexpr family write_back_replayed_total{"tandem_tier_write_back_replayed_total", kind::counter,
                                                  "Values that came back from the journal at the start."};
inline constexpr family write_back_lost_total{
    "tandem_tier_write_back_lost_total", kind::counter,
    "Records and values, at least so many, that a damaged journal has cost at the start."};
inline constexpr family write_back_failed_total{"tandem_tier_write_back_failed_total", kind::counter,
                                                "Attempts to write a value from the queue that L2 failed."};
inline constexpr family write_back_refused_total{"tandem_tier_write_back_refused_total", kind::counter,
                                                 "Values that L2 will never take, and that are lost."};

/// Those whose labels begin with a backend and a server.
inline constexpr std::array server_families{&server_up,
                                            &server_connects_total,
                                            &server_connect_failures_total,
                                            &server_disconnects_total,
                                            &server_trouble,
                                            &server_pending,
                                            &server_late_replies_total,
                                            &server_held_back_total,
                                            &server_withheld_percent,
                                            &server_not_asked_total,
                                            &server_overloaded_total,
                                            &server_probes_total,
                                            &server_moves_total,
                                            &server_retries_total,
                                            &server_retries_refused_total,
                                            &server_read_bytes_total,
                                            &server_written_bytes_total};

// What others have changed in Redis.
inline constexpr family invalidations_received_total{
    "tandem_invalidations_received_total", kind::counter,
    "Keys and prefixes that were told to be outdated, by "
    "source (channel, tracking or admin), backend and channel."};
inline constexpr family invalidations_applied_total{
    "tandem_invalidations_applied_total", kind::counter,
    "Invalidations that have been done to the copies in a backend. Each worker counts those of prefixes."};
inline constexpr family invalidation_bad_messages_total{
    "tandem_invalidation_bad_messages_total", kind::counter,
    "Messages on an invalidation channel that are no key and no prefix."};
inline constexpr family invalidation_link_losses_total{
    "tandem_invalidation_link_losses_total", kind::counter,
    "Times at which a link was lost, so that invalidations may have been missed."};
inline constexpr family invalidation_trusted{
    "tandem_invalidation_trusted", kind::gauge,
    "1 while no invalidation can be missed, by source, backend and channel; 0 while a link is down."};
inline constexpr family invalidation_marks{
    "tandem_invalidation_marks", kind::gauge,
    "Prefixes whose outdated items may still lie in a pool, by backend, summed over workers."};
inline constexpr family invalidation_seconds{
    "tandem_invalidation_duration_seconds", kind::histogram,
    "Time from an invalidation's arrival in this process until no copy in a backend is answered any more."};

// Rules and compositions.
inline constexpr family failures_as_misses_total{
    "tandem_failures_as_misses_total", kind::counter,
    "Reads and deletes whose backend had failed and that were answered as misses, by backend and command."};
inline constexpr family failover_answers_total{
    "tandem_failover_answers_total", kind::counter,
    "Requests that a stand-in has answered, by backend, stand-in and reason: error, timeout, miss."};
inline constexpr family coalesced_gets_total{
    "tandem_coalesced_gets_total", kind::counter,
    "Gets that were answered with what another one, under way at the same time, had brought, by backend."};
inline constexpr family coalesce_refused_total{
    "tandem_coalesce_refused_total", kind::counter,
    "Gets that went alone since as many as may were under way to be joined, by backend."};
inline constexpr family shadow_copies_total{
    "tandem_shadow_copies_total", kind::counter,
    "Requests that were copied to another backend, by the backend that copies."};
inline constexpr family shadow_dropped_total{
    "tandem_shadow_dropped_total", kind::counter,
    "Requests that were not copied since as many copies as may were under way, by backend."};
inline constexpr family shadow_compared_total{"tandem_shadow_compared_total", kind::counter,
                                              "Reads whose answer was compared with the copy's, by backend."};
inline constexpr family shadow_differences_total{
    "tandem_shadow_differences_total", kind::counter,
    "Differences between answers and those of copies, by backend and kind: presence, value, flags, ttl."};
inline constexpr family replica_refills_total{"tandem_replica_refills_total", kind::counter,
                                              "Items that a replica had not and that a read has stored there "
                                              "from another one, by backend and replica."};
inline constexpr family replica_missed_total{
    "tandem_replica_missed_total", kind::counter,
    "Writes and removals that a replica has missed and whose older item could not be removed there."};
inline constexpr family replicated_refused_total{
    "tandem_replicated_refused_total", kind::counter,
    "Times that work could not begin beside what is under way, by backend and work: read, write, refill."};
inline constexpr family rule_matches_total{"tandem_rule_matches_total", kind::counter,
                                           "Requests by the rule they matched."};

// The admin endpoint.
inline constexpr family admin_connections{"tandem_admin_connections", kind::gauge,
                                          "Connections to the admin endpoint now open."};
inline constexpr family admin_connections_ended_total{
    "tandem_admin_connections_ended_total", kind::counter,
    "Connections to the admin endpoint that were ended because they were slow or in a newcomer's way, by "
    "reason."};

// The process. Those without the prefix have the names of Prometheus' own client libraries.
inline constexpr family build_info{"tandem_build_info", kind::gauge,
                                   "Always 1; the labels say what was built."};
inline constexpr family process_cpu_seconds_total{"process_cpu_seconds_total", kind::counter,
                                                  "Processor time used, user and system, in seconds."};
inline constexpr family process_resident_memory_bytes{"process_resident_memory_bytes", kind::gauge,
                                                      "Resident memory."};
inline constexpr family process_virtual_memory_bytes{"process_virtual_memory_bytes", kind::gauge,
                                                     "Virtual memory."};
inline constexpr family process_open_fds{"process_open_fds", kind::gauge, "Open file descriptors."};
inline constexpr family process_max_fds{"process_max_fds", kind::gauge, "Bound of process_open_fds."};
inline constexpr family process_start_time_seconds{
    "process_start_time_seconds", kind::gauge, "When the process started, in seconds since the Unix epoch."};

}  // namespace tandem::metrics
