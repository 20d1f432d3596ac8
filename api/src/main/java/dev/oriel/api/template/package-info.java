/** Templates made of users' images: kept here as wishes, brought to every host until it has them. */
@NullMarked
package dev.oriel.api.template;

import org.jspecify.annotations.NullMarked;
