// libjpeg behind functions that return. libjpeg reports an error by a call that must not return;
// here that call jumps back to the function that was entered from outside, so that no jump crosses
// a frame of the caller. Every warning is an error too: it means that pixels would be made up.
//
// After a function has failed, only `swiftlet_jpeg_*_message` and `swiftlet_jpeg_*_destroy` may
// follow.

#ifndef SWIFTLET_CJPEG_SHIM_H
#define SWIFTLET_CJPEG_SHIM_H

#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jpeglib.h>

struct swiftlet_jpeg_error {
  struct jpeg_error_mgr base;
  jmp_buf jump;
  char message[JMSG_LENGTH_MAX];
};

static void swiftlet_jpeg_fail(j_common_ptr info) {
  struct swiftlet_jpeg_error *error = (struct swiftlet_jpeg_error *)info->err;
  info->err->format_message(info, error->message);
  longjmp(error->jump, 1);
}

static void swiftlet_jpeg_emit(j_common_ptr info, int level) {
  if (level < 0) swiftlet_jpeg_fail(info);
}

static inline struct jpeg_error_mgr *swiftlet_jpeg_error_init(struct swiftlet_jpeg_error *error) {
  jpeg_std_error(&error->base);
  error->base.error_exit = swiftlet_jpeg_fail;
  error->base.emit_message = swiftlet_jpeg_emit;
  return &error->base;
}

// Decoding.

typedef struct swiftlet_jpeg_decoder {
  struct jpeg_decompress_struct info;
  struct swiftlet_jpeg_error error;
  struct jpeg_progress_mgr progress;
  int max_scans;
} swiftlet_jpeg_decoder;

static void swiftlet_jpeg_check_scans(j_common_ptr common) {
  j_decompress_ptr info = (j_decompress_ptr)common;
  swiftlet_jpeg_decoder *decoder = (swiftlet_jpeg_decoder *)common->client_data;
  if (info->input_scan_number > decoder->max_scans) {
    snprintf(decoder->error.message, sizeof decoder->error.message, "more than %d scans",
             decoder->max_scans);
    longjmp(decoder->error.jump, 1);
  }
}

// NULL where memory is short.
static inline swiftlet_jpeg_decoder *swiftlet_jpeg_decoder_create(int max_scans) {
  swiftlet_jpeg_decoder *decoder =
      (swiftlet_jpeg_decoder *)calloc(1, sizeof(swiftlet_jpeg_decoder));
  if (decoder) decoder->max_scans = max_scans;
  return decoder;
}

// Reads the header and starts decoding to `color_space`: all scans of a progressive file are read.
// `bytes` must outlive the decoder. `width`, `height` and `components` are what the caller expects
// the file to hold.
static inline int swiftlet_jpeg_decoder_start(
    swiftlet_jpeg_decoder *decoder, const uint8_t *bytes, size_t count, J_COLOR_SPACE color_space,
    int width, int height, int components) {
  j_decompress_ptr info = &decoder->info;
  info->err = swiftlet_jpeg_error_init(&decoder->error);
  if (setjmp(decoder->error.jump)) return 0;
  jpeg_create_decompress(info);
  info->client_data = decoder;
  decoder->progress.progress_monitor = swiftlet_jpeg_check_scans;
  info->progress = &decoder->progress;
  jpeg_mem_src(info, bytes, count);
  jpeg_read_header(info, TRUE);
  if (info->image_width != (JDIMENSION)width || info->image_height != (JDIMENSION)height ||
      info->num_components != components) {
    snprintf(decoder->error.message, sizeof decoder->error.message, "contradicting frame headers");
    return 0;
  }
  info->out_color_space = color_space;
  jpeg_start_decompress(info);
  return 1;
}

// Decodes the next `count` rows; fails unless every one of them is there.
static inline int swiftlet_jpeg_decoder_read(
    swiftlet_jpeg_decoder *decoder, uint8_t *rows, size_t stride, int count) {
  if (setjmp(decoder->error.jump)) return 0;
  for (JDIMENSION end = decoder->info.output_scanline + (JDIMENSION)count;
       decoder->info.output_scanline < end;) {
    JSAMPROW lines[16];
    JDIMENSION wanted = end - decoder->info.output_scanline;
    if (wanted > 16) wanted = 16;
    for (JDIMENSION i = 0; i < wanted; i++) lines[i] = rows + i * stride;
    JDIMENSION got = jpeg_read_scanlines(&decoder->info, lines, wanted);
    if (got == 0) {
      snprintf(decoder->error.message, sizeof decoder->error.message, "missing rows");
      return 0;
    }
    rows += got * stride;
  }
  return 1;
}

// Checks that the file ends as it should and that no component was left out or left coarse.
static inline int swiftlet_jpeg_decoder_finish(swiftlet_jpeg_decoder *decoder) {
  j_decompress_ptr info = &decoder->info;
  if (setjmp(decoder->error.jump)) return 0;
  for (int c = 0; c < info->num_components; c++) {
    int complete = info->comp_info[c].quant_table != NULL;
    if (info->coef_bits) {
      complete = complete && info->coef_bits[c][0] == 0;
      for (int k = 1; k < DCTSIZE2; k++) complete = complete && info->coef_bits[c][k] <= 0;
    }
    if (!complete) {
      snprintf(decoder->error.message, sizeof decoder->error.message, "missing scans");
      return 0;
    }
  }
  jpeg_finish_decompress(info);
  return 1;
}

static inline const char *swiftlet_jpeg_decoder_message(const swiftlet_jpeg_decoder *decoder) {
  return decoder->error.message;
}

static inline void swiftlet_jpeg_decoder_destroy(swiftlet_jpeg_decoder *decoder) {
  jpeg_destroy_decompress(&decoder->info);
  free(decoder);
}

// Encoding.

// Fills a row of blocks of a component with quantized coefficients in natural order.
typedef void (*swiftlet_jpeg_block_source)(
    void *context, int component, int row, const uint16_t *quantizers, int16_t *coefficients);

typedef struct swiftlet_jpeg_encoder {
  struct jpeg_compress_struct info;
  struct swiftlet_jpeg_error error;
  struct jpeg_destination_mgr destination;
  swiftlet_jpeg_block_source source;
  void *context;
  JBLOCKROW rows[3];
  uint8_t *bytes;
  size_t count;
  size_t capacity;
} swiftlet_jpeg_encoder;

static void swiftlet_jpeg_encoder_grow(j_compress_ptr info) {
  swiftlet_jpeg_encoder *encoder = (swiftlet_jpeg_encoder *)info->client_data;
  size_t capacity = encoder->capacity ? encoder->capacity * 2 : (size_t)1 << 18;
  uint8_t *bytes = (uint8_t *)realloc(encoder->bytes, capacity);
  if (!bytes) {
    snprintf(encoder->error.message, sizeof encoder->error.message, "out of memory");
    longjmp(encoder->error.jump, 1);
  }
  encoder->destination.next_output_byte = bytes + encoder->capacity;
  encoder->destination.free_in_buffer = capacity - encoder->capacity;
  encoder->bytes = bytes;
  encoder->capacity = capacity;
}

static boolean swiftlet_jpeg_encoder_full(j_compress_ptr info) {
  swiftlet_jpeg_encoder_grow(info);
  return TRUE;
}

static void swiftlet_jpeg_encoder_end(j_compress_ptr info) {
  swiftlet_jpeg_encoder *encoder = (swiftlet_jpeg_encoder *)info->client_data;
  encoder->count = encoder->capacity - encoder->destination.free_in_buffer;
}

// NULL where memory is short.
static inline swiftlet_jpeg_encoder *swiftlet_jpeg_encoder_create(void) {
  return (swiftlet_jpeg_encoder *)calloc(1, sizeof(swiftlet_jpeg_encoder));
}

// Sets up a picture of 1 or 3 channels. May jump.
static void swiftlet_jpeg_encoder_begin(
    swiftlet_jpeg_encoder *encoder, int width, int height, int channels, int quality) {
  j_compress_ptr info = &encoder->info;
  jpeg_create_compress(info);
  info->client_data = encoder;
  encoder->destination.init_destination = swiftlet_jpeg_encoder_grow;
  encoder->destination.empty_output_buffer = swiftlet_jpeg_encoder_full;
  encoder->destination.term_destination = swiftlet_jpeg_encoder_end;
  info->dest = &encoder->destination;
  info->image_width = (JDIMENSION)width;
  info->image_height = (JDIMENSION)height;
  info->input_components = channels;
  info->in_color_space = channels == 1 ? JCS_GRAYSCALE : JCS_RGB;
  jpeg_set_defaults(info);
  jpeg_set_quality(info, quality, TRUE);
}

// Encodes a whole picture of 1 or 3 channels.
static inline int swiftlet_jpeg_encoder_run(
    swiftlet_jpeg_encoder *encoder, const uint8_t *pixels, int width, int height, int channels,
    int quality, int halve_chroma) {
  j_compress_ptr info = &encoder->info;
  info->err = swiftlet_jpeg_error_init(&encoder->error);
  if (setjmp(encoder->error.jump)) return 0;
  swiftlet_jpeg_encoder_begin(encoder, width, height, channels, quality);
  info->comp_info[0].h_samp_factor = channels == 3 && halve_chroma ? 2 : 1;
  info->comp_info[0].v_samp_factor = channels == 3 && halve_chroma ? 2 : 1;
  jpeg_start_compress(info, TRUE);
  size_t stride = (size_t)width * (size_t)channels;
  while (info->next_scanline < info->image_height) {
    JSAMPROW lines[16];
    JDIMENSION wanted = info->image_height - info->next_scanline;
    if (wanted > 16) wanted = 16;
    for (JDIMENSION i = 0; i < wanted; i++) {
      lines[i] = (JSAMPROW)(pixels + (info->next_scanline + i) * stride);
    }
    jpeg_write_scanlines(info, lines, wanted);
  }
  jpeg_finish_compress(info);
  return 1;
}

// libjpeg asks its memory manager for rows of coefficients; these two hand it rows of ours, so that
// a picture's coefficients never lie in memory all at once. A handle is a component's number + 1.
static jvirt_barray_ptr swiftlet_jpeg_handle(int component) {
  return (jvirt_barray_ptr)(intptr_t)(component + 1);
}

static JBLOCKARRAY swiftlet_jpeg_encoder_blocks(
    j_common_ptr common, jvirt_barray_ptr handle, JDIMENSION row, JDIMENSION count,
    boolean writable) {
  (void)count;
  (void)writable;
  swiftlet_jpeg_encoder *encoder = (swiftlet_jpeg_encoder *)common->client_data;
  int component = (int)(intptr_t)handle - 1;
  encoder->source(
      encoder->context, component, (int)row, encoder->info.quant_tbl_ptrs[0]->quantval,
      encoder->rows[component][0]);
  return &encoder->rows[component];
}

// Encodes a picture of 1 or 3 channels, without a colour transform, from coefficients that `source`
// gives row by row. `source` must return. A quality below 30 counts as 30: with larger steps the levels
// cannot be chosen such that white stays exact. With `restarts` a restart marker stands between the
// rows of blocks.
static inline int swiftlet_jpeg_encoder_run_blocks(
    swiftlet_jpeg_encoder *encoder, int width, int height, int channels, int quality, int restarts,
    swiftlet_jpeg_block_source source, void *context) {
  j_compress_ptr info = &encoder->info;
  info->err = swiftlet_jpeg_error_init(&encoder->error);
  if (setjmp(encoder->error.jump)) return 0;
  swiftlet_jpeg_encoder_begin(encoder, width, height, channels, quality < 30 ? 30 : quality);
  jpeg_set_colorspace(info, channels == 1 ? JCS_GRAYSCALE : JCS_RGB);
  // With a step of 1 a baseline file has no room above white.
  UINT16 *steps = info->quant_tbl_ptrs[0]->quantval;
  if (steps[0] < 2) steps[0] = 2;
  encoder->source = source;
  encoder->context = context;
  size_t row = ((size_t)width + DCTSIZE - 1) / DCTSIZE * sizeof(JBLOCK);
  jvirt_barray_ptr handles[3];
  for (int c = 0; c < channels; c++) {
    encoder->rows[c] =
        (JBLOCKROW)info->mem->alloc_large((j_common_ptr)info, JPOOL_IMAGE, row);
    handles[c] = swiftlet_jpeg_handle(c);
  }
  info->restart_in_rows = restarts ? 1 : 0;
  info->mem->access_virt_barray = swiftlet_jpeg_encoder_blocks;
  jpeg_write_coefficients(info, handles);
  jpeg_finish_compress(info);
  return 1;
}

static inline const char *swiftlet_jpeg_encoder_message(const swiftlet_jpeg_encoder *encoder) {
  return encoder->error.message;
}

static inline void swiftlet_jpeg_encoder_destroy(swiftlet_jpeg_encoder *encoder) {
  jpeg_destroy_compress(&encoder->info);
  free(encoder->bytes);
  free(encoder);
}

#endif
