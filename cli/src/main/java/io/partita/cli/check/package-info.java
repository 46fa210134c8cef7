/** Whether a machine or a cluster is fit for what it is to do; a bundle of what helpers ask for; a small load. */
package io.partita.cli.check;
