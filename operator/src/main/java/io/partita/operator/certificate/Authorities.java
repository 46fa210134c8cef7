package io.partita.operator.certificate;

import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/**
 * An authority and, at times, the one that comes after it or the one that was before it: never both.
 *
 * <pre>
 *   alone --its end is near, or somebody asks--> with a next one, which is trusted too
 *         --all trust that, and it was there for long enough--> with a former one: the next one issues now, and the former is still trusted
 *         --all show what it issued, and long enough--> alone
 * </pre>
 *
 * @param issuing who issues
 * @param next who will, {@code null} for nobody
 * @param former who did, {@code null} for nobody
 * @param since since when it issues
 * @param asked the word by which people last asked for a successor, {@code null} for none
 * @param isHurried whether the succession under way waits for brokers alone
 */
public record Authorities(Authority issuing, Authority next, X509Certificate former, Instant since, String asked, boolean isHurried) {

    public Authorities {
        if (next != null && former != null) {
            throw new IllegalArgumentException("One succession after the other");
        }
    }

    /** A first authority, of which nobody has trusted another. */
    public static Authorities alone(Authority first, Instant now, String asked) {
        return new Authorities(first, null, null, now, asked, false);
    }

    /** One that comes after an authority whose key is lost: what that one issued is good until all trust the new one, which is to be soon. */
    public static Authorities inPlaceOf(X509Certificate lost, Authority next, Instant now, String asked) {
        return new Authorities(new Authority(lost, null), next, null, now, asked, true);
    }

    /** All who are to be trusted, who issues first. */
    public List<X509Certificate> trusted() {
        List<X509Certificate> trusted = new ArrayList<>();
        trusted.add(issuing.certificate());
        if (next != null) {
            trusted.add(next.certificate());
        }
        if (former != null) {
            trusted.add(former);
        }
        return trusted;
    }
}
