// libpng behind functions that return: its errors jump back to the function that was entered from
// outside, so that no jump crosses a frame of the caller. Warnings are kept; the caller treats any
// as an error. zlib, which libpng is built on, is here for checksums and compressed profiles.
//
// After a function has failed, only `swiftlet_png_*_message` and `swiftlet_png_*_destroy` may
// follow.

#ifndef SWIFTLET_CPNG_SHIM_H
#define SWIFTLET_CPNG_SHIM_H

#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <png.h>
#include <zlib.h>

struct swiftlet_png_error {
  jmp_buf jump;
  char message[128];
};

static void swiftlet_png_keep(struct swiftlet_png_error *error, const char *message) {
  if (error->message[0] == 0) snprintf(error->message, sizeof error->message, "%s", message);
}

static void swiftlet_png_fail(png_structp png, png_const_charp message) {
  struct swiftlet_png_error *error = (struct swiftlet_png_error *)png_get_error_ptr(png);
  swiftlet_png_keep(error, message);
  longjmp(error->jump, 1);
}

static void swiftlet_png_warn(png_structp png, png_const_charp message) {
  swiftlet_png_keep((struct swiftlet_png_error *)png_get_error_ptr(png), message);
}

// Decoding.

// A part of a file: whole chunks, or the signature.
typedef struct swiftlet_png_part {
  size_t offset;
  size_t count;
} swiftlet_png_part;

typedef struct swiftlet_png_decoder {
  png_structp png;
  png_infop info;
  struct swiftlet_png_error error;
  const uint8_t *bytes;
  const swiftlet_png_part *parts;
  size_t part_count;
  size_t part;
  size_t position;
  size_t budget;
  int passes;
} swiftlet_png_decoder;

// Supplies the parts one after the other. Reads longer than a chunk's header are charged to the
// budget, which bounds what is inflated after the last row.
static void swiftlet_png_supply(png_structp png, png_bytep to, size_t count) {
  swiftlet_png_decoder *decoder = (swiftlet_png_decoder *)png_get_io_ptr(png);
  if (count > 8) {
    if (count > decoder->budget) png_error(png, "compressed data beyond the last row");
    decoder->budget -= count;
  }
  while (count > 0) {
    if (decoder->part == decoder->part_count) png_error(png, "unexpected end");
    const swiftlet_png_part *part = &decoder->parts[decoder->part];
    size_t step = part->count - decoder->position;
    if (step > count) step = count;
    memcpy(to, decoder->bytes + part->offset + decoder->position, step);
    to += step;
    count -= step;
    decoder->position += step;
    if (decoder->position == part->count) {
      decoder->part++;
      decoder->position = 0;
    }
  }
}

// NULL where memory is short.
static inline swiftlet_png_decoder *swiftlet_png_decoder_create(void) {
  return (swiftlet_png_decoder *)calloc(1, sizeof(swiftlet_png_decoder));
}

// Reads the chunks before the pixels and prepares 8-bit RGB (`channels` 3) or RGBA (4). Checksums
// are not verified again. `bytes` and `parts` must outlive the decoder.
static inline int swiftlet_png_decoder_start(
    swiftlet_png_decoder *decoder, const uint8_t *bytes, const swiftlet_png_part *parts,
    size_t part_count, size_t width, int channels) {
  decoder->bytes = bytes;
  decoder->parts = parts;
  decoder->part_count = part_count;
  decoder->budget = SIZE_MAX;
  if (setjmp(decoder->error.jump)) return 0;
  decoder->png = png_create_read_struct(PNG_LIBPNG_VER_STRING, &decoder->error, swiftlet_png_fail,
                                        swiftlet_png_warn);
  if (decoder->png) decoder->info = png_create_info_struct(decoder->png);
  if (!decoder->info) {
    swiftlet_png_keep(&decoder->error, "out of memory");
    return 0;
  }
  png_structp png = decoder->png;
  png_set_read_fn(png, decoder, swiftlet_png_supply);
  png_set_crc_action(png, PNG_CRC_QUIET_USE, PNG_CRC_QUIET_USE);
  png_read_info(png, decoder->info);
  png_set_expand(png);
  png_set_scale_16(png);
  png_set_gray_to_rgb(png);
  decoder->passes = png_set_interlace_handling(png);
  png_read_update_info(png, decoder->info);
  if (png_get_rowbytes(png, decoder->info) != width * (size_t)channels) {
    swiftlet_png_keep(&decoder->error, "contradicting headers");
    return 0;
  }
  return 1;
}

static inline int swiftlet_png_decoder_passes(const swiftlet_png_decoder *decoder) {
  return decoder->passes;
}

// Reads the next `count` rows of a pass. `remaining_budget` bounds the compressed bytes that may
// still be taken from the file.
static inline int swiftlet_png_decoder_read(
    swiftlet_png_decoder *decoder, uint8_t *rows, size_t stride, int count,
    size_t remaining_budget) {
  if (setjmp(decoder->error.jump)) return 0;
  decoder->budget = remaining_budget;
  for (int row = 0; row < count; row++) {
    png_read_row(decoder->png, rows + (size_t)row * stride, NULL);
  }
  return 1;
}

// The first error or warning; empty where there was none.
static inline const char *swiftlet_png_decoder_message(const swiftlet_png_decoder *decoder) {
  return decoder->error.message;
}

static inline void swiftlet_png_decoder_destroy(swiftlet_png_decoder *decoder) {
  if (!setjmp(decoder->error.jump)) png_destroy_read_struct(&decoder->png, &decoder->info, NULL);
  free(decoder);
}

// Encoding.

typedef struct swiftlet_png_encoder {
  png_structp png;
  png_infop info;
  struct swiftlet_png_error error;
  uint8_t *bytes;
  size_t count;
  size_t capacity;
} swiftlet_png_encoder;

static void swiftlet_png_append(png_structp png, png_bytep from, size_t count) {
  swiftlet_png_encoder *encoder = (swiftlet_png_encoder *)png_get_io_ptr(png);
  if (encoder->capacity - encoder->count < count) {
    size_t capacity = (encoder->count + count) * 2;
    uint8_t *bytes = (uint8_t *)realloc(encoder->bytes, capacity);
    if (!bytes) png_error(png, "out of memory");
    encoder->bytes = bytes;
    encoder->capacity = capacity;
  }
  memcpy(encoder->bytes + encoder->count, from, count);
  encoder->count += count;
}

static void swiftlet_png_flush(png_structp png) { (void)png; }

// NULL where memory is short.
static inline swiftlet_png_encoder *swiftlet_png_encoder_create(void) {
  return (swiftlet_png_encoder *)calloc(1, sizeof(swiftlet_png_encoder));
}

// Encodes a whole picture of 1, 3 or 4 channels.
static inline int swiftlet_png_encoder_run(
    swiftlet_png_encoder *encoder, const uint8_t *pixels, int width, int height, int channels,
    int compression) {
  if (setjmp(encoder->error.jump)) return 0;
  encoder->png = png_create_write_struct(PNG_LIBPNG_VER_STRING, &encoder->error, swiftlet_png_fail,
                                         swiftlet_png_warn);
  if (encoder->png) encoder->info = png_create_info_struct(encoder->png);
  if (!encoder->info) {
    swiftlet_png_keep(&encoder->error, "out of memory");
    return 0;
  }
  png_structp png = encoder->png;
  png_set_write_fn(png, encoder, swiftlet_png_append, swiftlet_png_flush);
  int color = channels == 1   ? PNG_COLOR_TYPE_GRAY
              : channels == 3 ? PNG_COLOR_TYPE_RGB
                              : PNG_COLOR_TYPE_RGB_ALPHA;
  png_set_IHDR(png, encoder->info, (png_uint_32)width, (png_uint_32)height, 8, color,
               PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
  png_set_sRGB(png, encoder->info, PNG_sRGB_INTENT_PERCEPTUAL);
  png_set_compression_level(png, compression);
  png_set_compression_buffer_size(png, 1 << 18);
  // One filter that suits photos in place of a trial of all five for each row.
  png_set_filter(png, PNG_FILTER_TYPE_BASE, PNG_FILTER_PAETH);
  if (compression == 1) png_set_compression_strategy(png, Z_RLE);
  png_write_info(png, encoder->info);
  for (int row = 0; row < height; row++) {
    png_write_row(png, pixels + (size_t)row * (size_t)width * (size_t)channels);
  }
  png_write_end(png, encoder->info);
  return 1;
}

static inline const char *swiftlet_png_encoder_message(const swiftlet_png_encoder *encoder) {
  return encoder->error.message;
}

static inline void swiftlet_png_encoder_destroy(swiftlet_png_encoder *encoder) {
  if (!setjmp(encoder->error.jump)) png_destroy_write_struct(&encoder->png, &encoder->info);
  free(encoder->bytes);
  free(encoder);
}

#endif
