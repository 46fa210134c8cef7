/** Topics: where their partitions go, and whether they are as their spec wants them. Leaders and ISRs are the brokers' business. */
package io.partita.operator.topic;
