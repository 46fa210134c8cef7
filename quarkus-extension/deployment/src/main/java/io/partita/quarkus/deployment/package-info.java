/** The Dev Service of the extension, and its card in the Dev UI. */
package io.partita.quarkus.deployment;
