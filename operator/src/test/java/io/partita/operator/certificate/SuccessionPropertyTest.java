package io.partita.operator.certificate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

/**
 * A cluster in which everybody has what he is given late: an operator that ends at any moment and sees what brokers said some time ago, brokers that take their Secret at any time, clients that take
 * whom to trust when they start. At no time somebody is shown what he does not trust, and each succession comes to its end.
 */
class SuccessionPropertyTest {

    private static final Instant BEGIN = Instant.parse("2027-01-01T00:00:00Z");
    private static final CertificateMaker MAKER = new CertificateMaker();
    private static final Terms OF_BROKERS = new Terms(Duration.ofDays(150), Duration.ofDays(60), Duration.ofDays(20), Duration.ZERO, Duration.ofDays(40),
            Duration.ofDays(15));
    /** Clients begin anew more often than successors are published before they issue. */
    private static final Duration CLIENT_BEGINS = Duration.ofDays(5);

    /** What is in a Secret of brokers, or in the memory of one of them. */
    private record Keys(Issued shown, List<X509Certificate> trusted) {}

    private static final class World {
        private final Random random;
        private final Terms terms;
        private final String seed;
        private Instant now = BEGIN;
        private String asked;
        // Secrets, of which each is written by itself
        private Authorities kept;
        private List<X509Certificate> forClients;
        private Keys secret;
        // Brokers, what they said, and clients
        private final Keys[] brokers;
        private final Map<Integer, Keys> said = new HashMap<>();
        private List<X509Certificate> client;
        private Instant clientBegan = BEGIN;
        private final Set<String> issuers = new HashSet<>();

        private World(long seed, Terms terms) {
            this.seed = "seed " + seed;
            this.random = new Random(seed);
            this.terms = terms;
            this.brokers = new Keys[1 + random.nextInt(4)];
            look(Integer.MAX_VALUE);
            for (int i = 0; i < brokers.length; i++) {
                brokers[i] = secret;
            }
            client = forClients;
        }

        /** A look of the operator that ends after so many writes. */
        private void look(int writes) {
            int left = writes;
            Authorities before = kept == null ? Authorities.alone(MAKER.authority("main", "cluster CA", now, terms.authority()), now, asked) : kept;
            Issued present = secret == null ? null : secret.shown;
            Succession.Step step = Succession.next(before, terms, asked,
                    new Succession.Brokers(this::notTrusting, issuing -> present == null ? null : showingOther(present.certificate(), issuing)), now);
            Authority successor = step instanceof Succession.Step.Publish ? MAKER.authority("main", "cluster CA", now, terms.authority()) : null;
            Authorities after = Succession.after(step, before, successor, asked, now);
            if (left-- <= 0) {
                return;
            }
            kept = read(AuthoritySecrets.of(after));
            if (left-- <= 0) {
                return;
            }
            forClients = after.trusted();
            if (left-- <= 0) {
                return;
            }
            Issued shown = present == null || Succession.isToRenew(present.certificate(), after, terms, now)
                    ? MAKER.ofBrokers(after.issuing(), "main", List.of("main.svc"), now, terms.issued())
                    : present;
            secret = new Keys(shown, after.trusted());
            issuers.add(shown.certificate().getIssuerX500Principal().getName());
        }

        private static Authorities read(Map<String, String> data) {
            try {
                return AuthoritySecrets.read(data);
            } catch (GeneralSecurityException e) {
                throw new AssertionError(e);
            }
        }

        private String notTrusting(X509Certificate authority) {
            for (int i = 0; i < brokers.length; i++) {
                if (said.get(i) == null || !said.get(i).trusted.contains(authority)) {
                    return "broker " + i;
                }
            }
            return null;
        }

        private String showingOther(X509Certificate present, X509Certificate issuing) {
            if (!Succession.isBy(present, issuing)) {
                return "about to be";
            }
            for (int i = 0; i < brokers.length; i++) {
                if (said.get(i) == null || !said.get(i).shown.certificate().equals(present)) {
                    return "broker " + i;
                }
            }
            return null;
        }

        private void step() {
            switch (random.nextInt(7)) {
                case 0 -> look(random.nextInt(4));
                case 1 -> look(Integer.MAX_VALUE);
                case 2, 3 -> brokers[random.nextInt(brokers.length)] = secret;
                case 4 -> {
                    int broker = random.nextInt(brokers.length);
                    said.put(broker, brokers[broker]);
                }
                case 5 -> now = now.plus(Duration.ofHours(random.nextInt(100)));
                default -> beginClientAnew();
            }
            if (Duration.between(clientBegan, now).compareTo(CLIENT_BEGINS) > 0) {
                beginClientAnew();
            }
            check();
        }

        private void beginClientAnew() {
            client = forClients;
            clientBegan = now;
        }

        /** Whoever meets whom, he knows him. */
        private void check() {
            for (Keys shows : brokers) {
                for (Keys trusts : brokers) {
                    assertTrue(isTrusted(shows.shown, trusts.trusted), seed + ": a broker does not know another one at " + now);
                }
                assertTrue(isTrusted(shows.shown, client), seed + ": a client that has begun anew lately does not know a broker at " + now);
            }
        }

        private static boolean isTrusted(Issued shown, List<X509Certificate> trusted) {
            // Each authority has another name, which is faster to compare than a signature.
            return trusted.stream().anyMatch(authority -> shown.certificate().getIssuerX500Principal().equals(authority.getSubjectX500Principal()));
        }

        /** Everybody does what he has to until nothing is left to do. */
        private void settle() {
            for (int i = 0; i < 10; i++) {
                look(Integer.MAX_VALUE);
                for (int broker = 0; broker < brokers.length; broker++) {
                    brokers[broker] = secret;
                    said.put(broker, secret);
                    check();
                }
                beginClientAnew();
            }
        }
    }

    @Test
    void nobodyIsShownWhatHeDoesNotTrust() {
        for (long seed = 1; seed <= 30; seed++) {
            World world = new World(seed, OF_BROKERS);
            for (int i = 0; i < 600; i++) {
                if (i == 200 && seed % 3 == 0) {
                    world.asked = "please";
                }
                world.step();
            }
            world.settle();
            // One that has just begun ends, too
            for (int i = 0; i < 3 && world.kept.next() != null; i++) {
                world.now = world.now.plus(OF_BROKERS.published());
                world.settle();
            }
            assertNull(world.kept.next(), world.seed);
            assertNull(world.kept.former(), world.seed);
            assertTrue(world.issuers.size() > 1, world.seed + ": there was a succession");
        }
    }

    @Test
    void whoAsksForItAtOnceWaitsForBrokersAlone() {
        World world = new World(7, OF_BROKERS);
        Authorities first = world.kept;
        // Not for what was asked for before the first one was made, and once for each word
        world.asked = "at-once:1";
        world.settle();
        Authorities second = world.kept;
        assertNotNull(second);
        assertTrue(!second.issuing().certificate().equals(first.issuing().certificate()));
        assertEquals(List.of(second.issuing().certificate()), world.forClients);
        world.settle();
        assertEquals(second.issuing().certificate(), world.kept.issuing().certificate());
    }

    @Test
    void aBrokerThatDoesNotSayThatItTrustsHoldsEverythingUp() {
        World world = new World(3, OF_BROKERS);
        world.asked = "at-once";
        world.look(Integer.MAX_VALUE);
        X509Certificate before = world.secret.shown.certificate();
        for (int i = 0; i < 5; i++) {
            for (int broker = 0; broker + 1 < world.brokers.length; broker++) {
                world.brokers[broker] = world.secret;
                world.said.put(broker, world.secret);
            }
            world.look(Integer.MAX_VALUE);
        }
        assertNotNull(world.kept.next());
        assertEquals(before, world.secret.shown.certificate());
        world.settle();
        assertNull(world.kept.next());
    }

    @Test
    void anAuthorityWhoseKeyIsLostIsSucceededWithoutAGap() {
        World world = new World(5, OF_BROKERS);
        Authority next = MAKER.authority("main", "cluster CA", world.now, OF_BROKERS.authority());
        X509Certificate lost = world.kept.issuing().certificate();
        world.kept = Authorities.inPlaceOf(lost, next, world.now, null);
        for (int i = 0; i < 200; i++) {
            world.beginClientAnew();
            world.step();
        }
        world.settle();
        assertEquals(next.certificate(), world.kept.issuing().certificate());
        assertNull(world.kept.former());
        assertTrue(Succession.isBy(world.secret.shown.certificate(), next.certificate()));
    }

    @Test
    void clientsOfTheAuthorityBeforeAreKnownForAWhile() {
        Authority first = MAKER.authority("main", "clients CA", BEGIN, Terms.OF_CLIENTS.authority());
        Authorities now = Authorities.alone(first, BEGIN, null);
        Succession.Brokers brokers = new Succession.Brokers(authority -> null, authority -> null);
        Instant time = BEGIN.plus(Terms.OF_CLIENTS.authority()).minus(Terms.OF_CLIENTS.succeeded());
        assertEquals(new Succession.Step.Stay(null), Succession.next(now, Terms.OF_CLIENTS, null, brokers, time.minusSeconds(1)));
        assertEquals(new Succession.Step.Publish(), Succession.next(now, Terms.OF_CLIENTS, null, brokers, time));
        now = Succession.after(new Succession.Step.Publish(), now, MAKER.authority("main", "clients CA", time, Terms.OF_CLIENTS.authority()), null, time);
        assertEquals(new Succession.Step.Promote(), Succession.next(now, Terms.OF_CLIENTS, null, brokers, time));
        now = Succession.after(new Succession.Step.Promote(), now, null, null, time);
        assertEquals(2, now.trusted().size());
        assertTrue(Succession.next(now, Terms.OF_CLIENTS, null, brokers, time.plus(Duration.ofDays(89))) instanceof Succession.Step.Stay);
        assertEquals(new Succession.Step.Drop(), Succession.next(now, Terms.OF_CLIENTS, null, brokers, time.plus(Duration.ofDays(90))));
    }
}
