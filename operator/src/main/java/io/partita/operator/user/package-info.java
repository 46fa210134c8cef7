/** Users: their Secrets and their status. What they may do is read by brokers themselves. */
package io.partita.operator.user;
