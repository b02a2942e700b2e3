#pragma once
#include <png.h>
#include <string.h>

/// The simplified interface begins with a cleared structure of the library's version.
static inline void tsq_png_start(png_image *image) {
  memset(image, 0, sizeof *image);
  image->version = PNG_IMAGE_VERSION;
}

/// What went wrong last.
static inline const char *tsq_png_message(const png_image *image) { return image->message; }
