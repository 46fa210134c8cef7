package io.partita.broker.security.sasl;

import io.partita.broker.env.Entropy;
import io.partita.broker.security.Principal;
import io.partita.broker.security.Printable;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * SCRAM-SHA-256 and SCRAM-SHA-512 (RFC 5802, RFC 7677), without channel binding, as Kafka's clients speak it. A user that does not exist gets as far as
 * one with a wrong password, with a salt of his own that stays the same, and that looks like those of others: so nobody learns who there is.
 */
public final class ScramMechanism implements SaslMechanism {

    /** Of salts where there are no others to be like. */
    private static final int SALT_BYTES = 24;

    private final ScramHash hash;
    private final ScramCredentialSource credentials;
    private final Supplier<String> nonces;
    /** Makes the salts of those who do not exist. */
    private final byte[] secret;

    public ScramMechanism(ScramHash hash, ScramCredentialSource credentials, Entropy entropy) {
        this(hash, credentials, () -> nonce(entropy), bytes(entropy, 32));
    }

    ScramMechanism(ScramHash hash, ScramCredentialSource credentials, Supplier<String> nonces, byte[] secret) {
        this.hash = hash;
        this.credentials = credentials;
        this.nonces = nonces;
        this.secret = secret;
    }

    private static String nonce(Entropy entropy) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes(entropy, 24));
    }

    /** So many random bytes, a multiple of eight. */
    static byte[] bytes(Entropy entropy, int count) {
        ByteBuffer bytes = ByteBuffer.allocate(count);
        while (bytes.hasRemaining()) {
            bytes.putLong(entropy.nextLong());
        }
        return bytes.array();
    }

    @Override
    public String name() {
        return hash.mechanism();
    }

    @Override
    public SaslExchange begin() {
        return new Exchange();
    }

    private ScramCredential pretended(String user) {
        List<ScramCredential> others = credentials.some(hash);
        byte[] key = secret;
        if (!others.isEmpty()) {
            // Known to brokers alone, and to all of them: which one is asked, and whether it was restarted, makes no difference.
            ByteBuffer keys = ByteBuffer.allocate(others.stream().mapToInt(other -> other.serverKey().length).sum());
            others.forEach(other -> keys.put(other.serverKey()));
            key = hash.hash(keys.array());
        }
        byte[] random = hash.hmac(key, user.getBytes(StandardCharsets.UTF_8));
        ScramCredential like = others.isEmpty() ? null : others.get(Math.floorMod(ByteBuffer.wrap(random, random.length - 4, 4).getInt(), others.size()));
        int length = like == null ? SALT_BYTES : Math.min(like.salt().length, random.length - 4);
        return new ScramCredential(Arrays.copyOf(random, length), secret, secret, like == null ? ScramHash.ITERATIONS_MIN : like.iterations());
    }

    private SaslStep wrong(String reason) {
        return new SaslStep.Refused("Authentication failed during authentication due to invalid credentials with SASL mechanism " + name(), reason);
    }

    private SaslStep malformed(String what) {
        return new SaslStep.Refused("Invalid SASL/" + name() + " message: " + what, "its " + name() + " message is none: " + what);
    }

    /** Two messages of the client: its name and nonce, then its proof. */
    private final class Exchange implements SaslExchange {

        private String gs2Header;
        private String firstBare;
        private String serverFirst;
        private String nonce;
        private String user;
        private ScramCredential credential;
        private boolean exists;
        private BooleanSupplier remains;

        @Override
        public void next(byte[] token, Consumer<SaslStep> answer) {
            String message = new String(token, StandardCharsets.UTF_8);
            SaslStep step;
            try {
                step = serverFirst == null ? first(message) : last(message);
            } catch (IllegalArgumentException notBase64) {
                step = malformed("a value is no base64");
            }
            answer.accept(step);
        }

        private SaslStep first(String message) {
            // gs2-cbind-flag "," [authzid] ","
            int flagEnd = message.indexOf(',');
            int headerEnd = flagEnd < 0 ? -1 : message.indexOf(',', flagEnd + 1);
            if (headerEnd < 0) {
                return malformed("it has no GS2 header");
            }
            String flag = message.substring(0, flagEnd);
            if (flag.startsWith("p=")) {
                return malformed("channel binding is not supported");
            }
            if (!flag.equals("n") && !flag.equals("y")) {
                return malformed("its GS2 header is unknown");
            }
            gs2Header = message.substring(0, headerEnd + 1);
            firstBare = message.substring(headerEnd + 1);
            Attributes attributes = new Attributes(firstBare);
            user = unescaped(attributes.take('n'));
            String clientNonce = attributes.take('r');
            if (user == null || user.isEmpty() || clientNonce == null || clientNonce.isEmpty()) {
                return malformed("its first message has no name or no nonce");
            }
            if (attributes.rest().contains("tokenauth=true")) {
                return new SaslStep.Refused("Delegation tokens are not served: use the credentials of a user.",
                        "it came with a delegation token, which are not served");
            }
            String authorizationId = message.substring(flagEnd + 1, headerEnd);
            if (!authorizationId.isEmpty() && !user.equals(unescaped(authorizationId.startsWith("a=") ? authorizationId.substring(2) : null))) {
                return new SaslStep.Refused("Authentication failed: Client requested an authorization id that is different from username",
                        Printable.of(user) + " asked to act as somebody else");
            }
            remains = credentials.remains(hash, user);
            credential = credentials.find(hash, user);
            exists = credential != null;
            if (!exists) {
                credential = pretended(user);
            }
            nonce = clientNonce + nonces.get();
            serverFirst = "r=" + nonce + ",s=" + Base64.getEncoder().encodeToString(credential.salt()) + ",i=" + credential.iterations();
            return new SaslStep.Challenge(utf8(serverFirst));
        }

        private SaslStep last(String message) {
            int proofStart = message.lastIndexOf(",p=");
            Attributes attributes = new Attributes(message);
            String binding = attributes.take('c');
            String givenNonce = attributes.take('r');
            if (proofStart < 0 || binding == null || givenNonce == null) {
                return malformed("its last message has no binding, nonce or proof");
            }
            if (!Base64.getEncoder().encodeToString(utf8(gs2Header)).equals(binding)) {
                return malformed("the binding is not that of its first message");
            }
            // Older librdkafka (2.0.2 among them) puts its own nonce before the agreed one, which begins with it. All of what is fresh is there.
            if (!givenNonce.endsWith(nonce)) {
                return malformed("the nonce is not the one agreed on");
            }
            byte[] proof = Base64.getDecoder().decode(message.substring(proofStart + 3));
            byte[] authMessage = utf8(firstBare + ',' + serverFirst + ',' + message.substring(0, proofStart));
            byte[] signature = hash.hmac(credential.storedKey(), authMessage);
            if (proof.length != signature.length) {
                return malformed("the proof has a wrong length");
            }
            for (int i = 0; i < proof.length; i++) {
                proof[i] ^= signature[i];
            }
            boolean proved = MessageDigest.isEqual(hash.hash(proof), credential.storedKey());
            Arrays.fill(proof, (byte) 0);
            if (!exists) {
                return wrong("there is no user " + Printable.of(user) + " for " + name());
            }
            if (!proved) {
                return wrong("the password of " + user + " is wrong");
            }
            String verifier = "v=" + Base64.getEncoder().encodeToString(hash.hmac(credential.serverKey(), authMessage));
            return new SaslStep.Authenticated(Principal.user(user), utf8(verifier), SaslStep.NEVER, remains);
        }
    }

    /** A name as it is, from how it stands in a message, where comma and equals sign are {@code =2C} and {@code =3D}; null when it stands there wrongly. */
    private static String unescaped(String name) {
        if (name == null || name.indexOf('=') < 0) {
            return name;
        }
        StringBuilder plain = new StringBuilder(name.length());
        for (int i = 0; i < name.length(); i++) {
            char c = name.charAt(i);
            if (c != '=') {
                plain.append(c);
            } else if (name.startsWith("=2C", i)) {
                plain.append(',');
                i += 2;
            } else if (name.startsWith("=3D", i)) {
                plain.append('=');
                i += 2;
            } else {
                return null;
            }
        }
        return plain.toString();
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    /** Takes {@code a=value} from the front of a list separated by commas, one after the other. */
    private static final class Attributes {
        private final String text;
        private int at;

        Attributes(String text) {
            this.text = text;
        }

        /** The value of the next attribute, or {@code null} when that has another name. */
        String take(char name) {
            if (at + 1 >= text.length() || text.charAt(at) != name || text.charAt(at + 1) != '=') {
                return null;
            }
            int comma = text.indexOf(',', at);
            int end = comma < 0 ? text.length() : comma;
            String value = text.substring(at + 2, end);
            at = Math.min(text.length(), end + 1);
            return value;
        }

        String rest() {
            return text.substring(at);
        }
    }
}
