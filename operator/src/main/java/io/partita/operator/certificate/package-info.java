/** The operator's own authorities: making certificates, and the succession of one authority by the next without a moment in which somebody is not trusted. */
package io.partita.operator.certificate;
