// A group of the consumer protocol (KIP-848) with many members, by raw requests: a client's consumers would cost more than either broker.
import java.util.*;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.*;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.*;

final class Members {
  private Members() {}

  private static final List<Member> ALL = new ArrayList<>();
  private static final AtomicLong ERRORS = new AtomicLong();
  private static volatile boolean over;

  /** One of them, on a connection and a thread of its own. */
  private static final class Member implements Runnable {
    final Bench.Raw raw; final String group, topic, id = Uuid.randomUuid().toString(); final short version;
    volatile int epoch, owned;
    Thread thread;

    Member(Bench.Args a) throws Exception {
      group = a.s("group"); topic = a.s("topic");
      raw = new Bench.Raw(a.s("bootstrap"), 120_000);
      raw.hello();
      version = raw.v(ApiKeys.CONSUMER_GROUP_HEARTBEAT, 1);
    }

    @Override public void run() {
      List<ConsumerGroupHeartbeatRequestData.TopicPartitions> has = List.of();
      try {
        for (boolean says = true; !over; ) {
          var data = new ConsumerGroupHeartbeatRequestData().setGroupId(group).setMemberId(id).setMemberEpoch(epoch);
          if (epoch == 0) data.setSubscribedTopicNames(List.of(topic)).setRebalanceTimeoutMs(60_000);
          if (says || epoch == 0) data.setTopicPartitions(has);
          var answer = ((ConsumerGroupHeartbeatResponse) raw.call(ApiKeys.CONSUMER_GROUP_HEARTBEAT, version, new ConsumerGroupHeartbeatRequest(data, version))).data();
          if (answer.errorCode() != 0) {
            ERRORS.incrementAndGet();
            has = List.of(); owned = 0; epoch = 0; says = true;
            Thread.sleep(100);
            continue;
          }
          says = answer.assignment() != null;
          if (says) {
            has = answer.assignment().topicPartitions().stream()
                .map(of -> new ConsumerGroupHeartbeatRequestData.TopicPartitions().setTopicId(of.topicId()).setPartitions(of.partitions())).toList();
            owned = has.stream().mapToInt(of -> of.partitions().size()).sum();
          }
          epoch = answer.memberEpoch();
          if (!says) Thread.sleep(answer.heartbeatIntervalMs()); // what is new is confirmed at once, as clients do
        }
      } catch (InterruptedException | java.io.IOException e) {
        if (!over) ERRORS.incrementAndGet();
      }
    }
  }

  /** All join at once. Returns when all are in one epoch, and each has its part of the partitions. They stay, and send heartbeats. */
  static Map<String, Object> join(Bench.Args a) throws Exception {
    int n = a.i("members", 1_000), partitions = a.i("partitions", 10_000);
    over = false;
    ERRORS.set(0);
    for (int i = 0; i < n; i++) ALL.add(new Member(a));
    awaitCoordinator(a);
    Bench.Snap s = Bench.snap(a);
    for (Member member : ALL) member.thread = Thread.ofVirtual().start(member);
    long end = System.nanoTime() + a.l("timeout_s", 300) * 1_000_000_000L;
    boolean stable = false;
    while (!stable && System.nanoTime() < end) {
      Thread.sleep(10);
      stable = isStable(n, partitions);
    }
    Map<String, Object> r = Bench.window(s, Bench.snap(a), 0, n);
    r.put("stable_ms", (Double) r.get("secs") * 1e3);
    r.put("unstable", stable ? 0 : 1);
    s = Bench.snap(a);
    Thread.sleep(a.l("idle_s", 10) * 1_000);
    r.put("heartbeat_cpu_pct", (Double) Bench.window(s, Bench.snap(a), 0, n).get("broker_cores") * 100);
    r.put("errors", ERRORS.get());
    return r;
  }

  private static boolean isStable(int n, int partitions) {
    int epoch = ALL.getFirst().epoch, sum = 0;
    for (Member member : ALL) {
      int owned = member.owned;
      if (member.epoch != epoch || epoch == 0 || owned < partitions / n || owned > (partitions + n - 1) / n) return false;
      sum += owned;
    }
    return sum == partitions;
  }

  private static void awaitCoordinator(Bench.Args a) throws Exception {
    try (Bench.Raw raw = new Bench.Raw(a.s("bootstrap"), 120_000)) {
      raw.hello();
      short v = raw.v(ApiKeys.FIND_COORDINATOR, 4);
      for (long end = System.nanoTime() + 60_000_000_000L; System.nanoTime() < end; Thread.sleep(50)) {
        var asked = new FindCoordinatorRequest.Builder(new FindCoordinatorRequestData().setKeyType((byte) 0).setCoordinatorKeys(List.of(a.s("group")))).build(v);
        if (((FindCoordinatorResponse) raw.call(ApiKeys.FIND_COORDINATOR, v, asked)).data().coordinators().get(0).errorCode() != Errors.NONE.code()) continue;
        var described = new ConsumerGroupDescribeRequest(new ConsumerGroupDescribeRequestData().setGroupIds(List.of(a.s("group"))), (short) 0);
        short error = ((ConsumerGroupDescribeResponse) raw.call(ApiKeys.CONSUMER_GROUP_DESCRIBE, (short) 0, described)).data().groups().get(0).errorCode();
        if (error == Errors.GROUP_ID_NOT_FOUND.code()) return; // it has loaded what there is
      }
      throw new java.util.concurrent.TimeoutException("no coordinator");
    }
  }

  static Map<String, Object> leave() throws Exception {
    over = true;
    for (Member member : ALL) {
      member.raw.close();
      if (member.thread != null) { member.thread.interrupt(); member.thread.join(10_000); }
    }
    ALL.clear();
    return new LinkedHashMap<>();
  }
}
