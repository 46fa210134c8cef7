package io.partita.bench;

import io.partita.broker.env.Clock;
import io.partita.broker.security.Access;
import io.partita.broker.security.Acl;
import io.partita.broker.security.AclBinding;
import io.partita.broker.security.Acls;
import io.partita.broker.security.Audit;
import io.partita.broker.security.Authorizer;
import io.partita.broker.security.Operation;
import io.partita.broker.security.PatternType;
import io.partita.broker.security.PermissionType;
import io.partita.broker.security.Principal;
import io.partita.broker.security.ResourceType;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** What one question about permission costs, by the number of rules; and the index of all rules after a change. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class AuthorizerBenchmark {

    /** Half of them by name, half by the beginning of names; all for the client that asks, or each for one of a hundred. */
    @Param({"0", "100", "10000"})
    private int rules;

    @Param({"1", "100"})
    private int principals;

    private List<AclBinding> bindings;
    private Access access;
    private Access open;

    @Setup
    public void make() {
        bindings = new ArrayList<>();
        for (int i = 0; i < rules; i++) {
            bindings.add(new AclBinding(ResourceType.TOPIC, "team-" + i % 97 + "-topic-" + i, i % 2 == 0 ? PatternType.LITERAL : PatternType.PREFIXED,
                    new Acl("User:user-" + i % principals, "*", Operation.READ, PermissionType.ALLOW)));
        }
        Acls acls = Acls.of(bindings);
        access = Authorizer.of(() -> acls, Set.of(), false, new Audit(Clock.SYSTEM)).of(Principal.user("user-0"), InetAddress.getLoopbackAddress());
        open = Authorizer.disabled().of(Principal.user("user-0"), InetAddress.getLoopbackAddress());
    }

    @Benchmark
    public boolean byName() {
        return access.allows(Operation.READ, ResourceType.TOPIC, "team-3-topic-100");
    }

    @Benchmark
    public boolean byTheBeginning() {
        return access.allows(Operation.READ, ResourceType.TOPIC, "team-40-topic-137-of-march");
    }

    @Benchmark
    public boolean withoutAuthorizer() {
        return open.allows(Operation.READ, ResourceType.TOPIC, "team-3-topic-100");
    }

    @Benchmark
    public boolean firstQuestionAfterAChange() {
        Acls changed = Acls.of(bindings);
        return Authorizer.of(() -> changed, Set.of(), false, new Audit(Clock.SYSTEM)).of(Principal.user("user-0"), InetAddress.getLoopbackAddress())
                .allows(Operation.READ, ResourceType.TOPIC, "team-3-topic-100");
    }
}
