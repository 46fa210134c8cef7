package io.partita.broker.env;

import java.security.SecureRandom;
import java.util.Base64;
import java.util.UUID;

/** Where names that must not collide come from. A simulation seeds it. */
public interface Entropy {

    long nextLong();

    /** A random (version 4) UUID whose Base64 form does not start with a dash, so that command lines can carry it (as Kafka's topic ids). */
    default UUID nextUuid() {
        while (true) {
            long high = nextLong() & 0xFFFF_FFFF_FFFF_0FFFL | 0x4000L;
            long low = nextLong() & 0x3FFF_FFFF_FFFF_FFFFL | 0x8000_0000_0000_0000L;
            UUID uuid = new UUID(high, low);
            if (Base64.getUrlEncoder().encodeToString(new byte[] {(byte) (high >>> 56), (byte) (high >>> 48), (byte) (high >>> 40)}).charAt(0) != '-') {
                return uuid;
            }
        }
    }

    /** The machine's random numbers. */
    static Entropy system() {
        SecureRandom random = new SecureRandom();
        return random::nextLong;
    }
}
