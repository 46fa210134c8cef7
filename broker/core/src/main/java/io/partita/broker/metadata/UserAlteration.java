package io.partita.broker.metadata;

import io.partita.broker.security.sasl.ScramCredential;
import io.partita.broker.security.sasl.ScramHash;
import java.util.Map;
import java.util.Set;

/**
 * Changes of the credentials of one user, all or none.
 *
 * @param set credentials that he has from now on
 * @param removed kinds of SCRAM for which he has none any more
 */
public record UserAlteration(String user, Map<ScramHash, ScramCredential> set, Set<ScramHash> removed) {}
