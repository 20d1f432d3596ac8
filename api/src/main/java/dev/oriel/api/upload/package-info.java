/** Files given to {@code /post}: streamed to disk under a cap, named by id, downloaded as attachments, attached as ISOs. */
@NullMarked
package dev.oriel.api.upload;

import org.jspecify.annotations.NullMarked;
