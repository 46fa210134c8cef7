package io.partita.operator.certificate;

import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.function.Function;

/**
 * When one authority comes after another, step by step, so that at no time anybody is shown something that he does not trust: first the new one is trusted everywhere, then it issues, then the old
 * one is no longer trusted. Each step waits until all brokers have said that they have what the one before it brought. Pure functions.
 */
public final class Succession {

    /** What is to be done now. */
    public sealed interface Step {

        /** Nothing. @param waiting what for, {@code null} when no succession is under way */
        record Stay(String waiting) implements Step {}

        /** A successor is to be made and trusted. */
        record Publish() implements Step {}

        /** The successor is to issue from now on, and what was issued is issued anew. */
        record Promote() implements Step {}

        /** The former one is no longer to be trusted. */
        record Drop() implements Step {}
    }

    /**
     * What brokers say.
     *
     * @param untrusting who does not trust a certificate, or does not say so, in words; {@code null} for nobody
     * @param showingOther who shows something that an authority has not issued, or was not yet issued it, in words; {@code null} for nobody
     */
    public record Brokers(Function<X509Certificate, String> untrusting, Function<X509Certificate, String> showingOther) {}

    private static final String AT_ONCE = "at-once";

    private Succession() {}

    /**
     * The next step.
     *
     * @param asked the word by which people ask for a successor, {@code null} for none; the same one asks once. One that begins with {@code at-once} also says that all steps wait for brokers alone
     */
    public static Step next(Authorities now, Terms terms, String asked, Brokers brokers, Instant time) {
        boolean isHurried = isHurried(now, asked);
        if (now.next() != null) {
            String untrusting = brokers.untrusting.apply(now.next().certificate());
            if (untrusting != null) {
                return new Step.Stay("the new authority is published, and issues when all brokers trust it: " + untrusting);
            }
            Instant from = earlier(now.next().begins().plus(CertificateMaker.CLOCK_SKEW).plus(terms.published()), now.issuing().ends().minus(terms.renewed()));
            return isHurried || !time.isBefore(from)
                    ? new Step.Promote()
                    : new Step.Stay("the new authority is published, so that all come to trust it, and issues from " + day(from) + " on");
        }
        if (now.former() != null) {
            String showingOther = brokers.showingOther.apply(now.issuing().certificate());
            if (showingOther != null) {
                return new Step.Stay("the new authority issues, and the one before it is trusted until all show what that has issued: " + showingOther);
            }
            Instant from = earlier(now.since().plus(terms.kept()), now.former().getNotAfter().toInstant());
            return isHurried || !time.isBefore(from)
                    ? new Step.Drop()
                    : new Step.Stay("the new authority issues, and the one before it is trusted until " + day(from));
        }
        boolean isAsked = asked != null && !asked.equals(now.asked());
        boolean isDue = !time.isBefore(now.issuing().ends().minus(terms.succeeded()));
        return isAsked || isDue ? new Step.Publish() : new Step.Stay(null);
    }

    private static boolean isHurried(Authorities now, String asked) {
        return now.isHurried() || asked != null && !asked.equals(now.asked()) && asked.startsWith(AT_ONCE);
    }

    /**
     * What becomes of the authorities by a step. Who asks while a succession is under way means that one.
     *
     * @param successor who comes next, where one is to be published
     */
    public static Authorities after(Step step, Authorities now, Authority successor, String asked, Instant time) {
        boolean isHurried = isHurried(now, asked);
        return switch (step) {
            case Step.Stay stay -> now;
            case Step.Publish publish -> new Authorities(now.issuing(), successor, null, now.since(), asked, isHurried);
            case Step.Promote promote -> new Authorities(now.next(), null, now.issuing().certificate(), time, asked, isHurried);
            case Step.Drop drop -> new Authorities(now.issuing(), null, null, now.since(), asked, false);
        };
    }

    /** Whether what was issued is to be issued anew. */
    public static boolean isToRenew(X509Certificate issued, Authorities by, Terms terms, Instant time) {
        return by.issuing().key() != null && isOutdated(issued, by, terms, time);
    }

    private static boolean isOutdated(X509Certificate issued, Authorities by, Terms terms, Instant time) {
        return !isBy(issued, by.issuing().certificate()) || !time.isBefore(issued.getNotAfter().toInstant().minus(terms.renewed())) && !endsWith(issued, by);
    }

    /** It cannot last longer than who vouches for it, so to issue it anew would bring nothing. */
    private static boolean endsWith(X509Certificate issued, Authorities by) {
        return !issued.getNotAfter().toInstant().isBefore(by.issuing().ends());
    }

    /** Whether an authority has issued this. */
    public static boolean isBy(X509Certificate issued, X509Certificate authority) {
        try {
            issued.verify(authority.getPublicKey());
            return true;
        } catch (GeneralSecurityException other) {
            return false;
        }
    }

    private static Instant earlier(Instant one, Instant other) {
        return one.isBefore(other) ? one : other;
    }

    /** A time as people read it. */
    public static String day(Instant time) {
        return DateTimeFormatter.ISO_LOCAL_DATE.format(time.atOffset(ZoneOffset.UTC));
    }
}
