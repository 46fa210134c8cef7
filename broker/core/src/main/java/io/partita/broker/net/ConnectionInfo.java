package io.partita.broker.net;

import io.partita.broker.protocol.ApiKey;
import java.util.Map;

/**
 * A client's connection at one moment, for people who look.
 *
 * @param remote address and port
 * @param clientId of the last request; empty where it had none
 * @param software the client library as it names itself (KIP-511); empty where it does not
 * @param ageMillis since it was accepted
 * @param idleMillis since something came or went
 * @param mutedMillis for how long it is not read because of quotas, 0 where it is
 * @param inFlight requests that are not answered yet
 * @param retired the lowest version of each request that it has sent in one which Kafka 4 does not serve any more
 */
public record ConnectionInfo(
        String listener, String remote, String principal, String clientId, String software, String softwareVersion, long ageMillis, long idleMillis,
        long mutedMillis, int inFlight, Map<ApiKey, Short> retired) {}
