/**
 * The connections between brokers: followers' fetches to their leaders and the answers with records, requests of one broker to another, and whether the other
 * one is there. The frames are our own, on a listener of its own, because no client has any business here (ADR 17).
 */
package io.partita.broker.link;
