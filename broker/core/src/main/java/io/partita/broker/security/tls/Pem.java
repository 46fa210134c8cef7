package io.partita.broker.security.tls;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import javax.crypto.Cipher;
import javax.crypto.EncryptedPrivateKeyInfo;
import javax.crypto.SecretKeyFactory;
import javax.crypto.spec.PBEKeySpec;

/** Keys and certificates between lines of dashes (RFC 7468). */
final class Pem {

    private static final String BEGIN = "-----BEGIN ";
    private static final String DASHES = "-----";
    private static final String CERTIFICATE = "CERTIFICATE";
    private static final String PLAIN_KEY = "PRIVATE KEY";
    private static final String ENCRYPTED_KEY = "ENCRYPTED PRIVATE KEY";

    private record Block(String label, byte[] content) {}

    private Pem() {}

    /** A private key with its certificates, as a store that is opened with {@code storePassword}. */
    static KeyStore keyStore(String text, String where, String keyPassword, char[] storePassword) throws TlsKeyException {
        PrivateKey key = null;
        List<Certificate> chain = new ArrayList<>();
        for (Block block : blocks(text, where)) {
            switch (block.label) {
                case CERTIFICATE -> chain.add(certificate(block, where));
                case PLAIN_KEY -> key = key(new PKCS8EncodedKeySpec(block.content), where);
                case ENCRYPTED_KEY -> key = key(decrypted(block.content, where, keyPassword), where);
                case "RSA PRIVATE KEY", "EC PRIVATE KEY" -> throw new TlsKeyException("The private key in " + where + " is in an older form (" + block.label
                        + "): turn it into PKCS#8 with 'openssl pkcs8 -topk8 -nocrypt -in KEY -out NEW'.");
                default -> {} // parameters of a curve and the like
            }
        }
        if (key == null || chain.isEmpty()) {
            throw new TlsKeyException("There is no " + (key == null ? "private key (-----BEGIN PRIVATE KEY-----)" : "certificate (-----BEGIN CERTIFICATE-----)")
                    + " in " + where + ".");
        }
        try {
            KeyStore store = KeyStore.getInstance("PKCS12");
            store.load(null, null);
            store.setKeyEntry("key", key, storePassword, chain.toArray(new Certificate[0]));
            return store;
        } catch (IOException | GeneralSecurityException e) {
            throw new TlsKeyException("The private key in " + where + " cannot be used: " + e.getMessage() + ".", e);
        }
    }

    static KeyStore trustStore(String text, String where) throws TlsKeyException {
        try {
            KeyStore store = KeyStore.getInstance("PKCS12");
            store.load(null, null);
            int count = 0;
            for (Block block : blocks(text, where)) {
                if (block.label.equals(CERTIFICATE)) {
                    store.setCertificateEntry("trusted" + count++, certificate(block, where));
                }
            }
            if (count == 0) {
                throw new TlsKeyException("There is no certificate (-----BEGIN CERTIFICATE-----) in " + where + ".");
            }
            return store;
        } catch (IOException | GeneralSecurityException e) {
            throw new TlsKeyException("The certificates in " + where + " cannot be used: " + e.getMessage() + ".", e);
        }
    }

    private static List<Block> blocks(String text, String where) throws TlsKeyException {
        List<Block> blocks = new ArrayList<>();
        int at = 0;
        while ((at = text.indexOf(BEGIN, at)) >= 0) {
            int labelEnd = text.indexOf(DASHES, at + BEGIN.length());
            String label = labelEnd < 0 ? "" : text.substring(at + BEGIN.length(), labelEnd);
            int end = labelEnd < 0 ? -1 : text.indexOf("-----END " + label + DASHES, labelEnd);
            if (end < 0) {
                throw new TlsKeyException("A block of PEM in " + where + " has no end.");
            }
            try {
                blocks.add(new Block(label, Base64.getMimeDecoder().decode(text.substring(labelEnd + DASHES.length(), end))));
            } catch (IllegalArgumentException e) {
                throw new TlsKeyException("A block of PEM (" + label + ") in " + where + " is no base64.", e);
            }
            at = end;
        }
        return blocks;
    }

    private static Certificate certificate(Block block, String where) throws TlsKeyException {
        try {
            return CertificateFactory.getInstance("X.509").generateCertificate(new ByteArrayInputStream(block.content));
        } catch (GeneralSecurityException e) {
            throw new TlsKeyException("A certificate in " + where + " cannot be read: " + e.getMessage() + ".", e);
        }
    }

    private static PKCS8EncodedKeySpec decrypted(byte[] content, String where, String password) throws TlsKeyException {
        if (password == null) {
            throw new TlsKeyException("The private key in " + where + " is encrypted: give its password by ssl.key.password.");
        }
        try {
            EncryptedPrivateKeyInfo info = new EncryptedPrivateKeyInfo(content);
            String algorithm = info.getAlgName();
            // "PBES2" alone does not name a cipher; its parameters do.
            String name = algorithm.equals("PBES2") || algorithm.equals("1.2.840.113549.1.5.13") ? info.getAlgParameters().toString() : algorithm;
            Cipher cipher = Cipher.getInstance(name);
            cipher.init(Cipher.DECRYPT_MODE, SecretKeyFactory.getInstance(name).generateSecret(new PBEKeySpec(password.toCharArray())),
                    info.getAlgParameters());
            return info.getKeySpec(cipher);
        } catch (InvalidKeySpecException e) {
            throw new TlsKeyException("The private key in " + where + " cannot be opened: ssl.key.password is not its password.", e);
        } catch (IOException | GeneralSecurityException e) {
            throw new TlsKeyException("The encrypted private key in " + where + " cannot be opened: " + e.getMessage() + ".", e);
        }
    }

    private static PrivateKey key(PKCS8EncodedKeySpec spec, String where) throws TlsKeyException {
        for (String algorithm : new String[] {"RSA", "EC", "EdDSA"}) {
            try {
                return KeyFactory.getInstance(algorithm).generatePrivate(spec);
            } catch (InvalidKeySpecException anotherKind) {
                // The next one may be it.
            } catch (GeneralSecurityException e) {
                throw new TlsKeyException("This JVM has no keys of kind " + algorithm + ".", e);
            }
        }
        throw new TlsKeyException("The private key in " + where + " is of no kind that is known: use RSA or EC.");
    }
}
