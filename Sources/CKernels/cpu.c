// What the processor and the operating system offer.
#include "CKernels.h"

#if defined(__x86_64__)
#include <cpuid.h>
#include <sys/syscall.h>
#include <unistd.h>

/// Which register files the operating system saves: XCR0.
__attribute__((target("xsave"))) static uint64_t saved_state(void) {
  return __builtin_ia32_xgetbv(0);
}

/// Asks Linux for leave to use the tile data registers, which it withholds by default.
static int may_use_tiles(void) {
  enum { request_permission = 0x1023, tile_data = 18 };
  return syscall(SYS_arch_prctl, request_permission, tile_data) == 0;
}

static int is_bit_set(uint32_t word, int bit) { return (word >> bit) & 1; }

uint32_t ckernels_features(void) {
  uint32_t a, b, c, d, extended_a, vendor_b, vendor_c, vendor_d;
  if (!__get_cpuid(0, &a, &vendor_b, &vendor_c, &vendor_d) || a < 7) return 0;
  int is_amd = vendor_b == signature_AMD_ebx && vendor_c == signature_AMD_ecx;
  __get_cpuid(1, &a, &b, &c, &d);
  uint32_t family = (a >> 8 & 15) + (a >> 20 & 255);
  if (!is_bit_set(c, 27) || !is_bit_set(c, 28)) return 0;
  uint64_t state = saved_state();
  uint32_t found = 0;
  __get_cpuid_count(7, 0, &a, &b, &c, &d);
  __get_cpuid_count(7, 1, &extended_a, &vendor_b, &vendor_c, &vendor_d);
  if ((state & 6) != 6 || !is_bit_set(b, 5)) return 0;
  found |= CKERNELS_AVX2;
  if (is_bit_set(extended_a, 4)) found |= CKERNELS_AVX_VNNI;
  // F, DQ, BW, VL; VNNI, GFNI.
  int has_avx512 = (state & 0xE6) == 0xE6 && is_bit_set(b, 16) && is_bit_set(b, 17) &&
                   is_bit_set(b, 30) && is_bit_set(b, 31) && is_bit_set(c, 11) && is_bit_set(c, 8);
  if (!has_avx512) return found;
  found |= CKERNELS_AVX512_VNNI;
  if (is_bit_set(c, 14)) found |= CKERNELS_AVX512_VPOPCNTDQ;
  if (is_bit_set(c, 1)) found |= CKERNELS_AVX512_VBMI;
  // Zen 4 and Zen 5 run popcounts on as many ports as dot products; Intel's cores on one.
  if (is_amd && family >= 25) found |= CKERNELS_FAST_POPCOUNT;
  int has_tiles = (state & 0x60000) == 0x60000 && is_bit_set(d, 24) && is_bit_set(d, 25);
  if (has_tiles && may_use_tiles()) found |= CKERNELS_AMX_INT8;
  return found;
}

#elif defined(__aarch64__)
#include <sys/auxv.h>

uint32_t ckernels_features(void) {
  enum { dot_product = 1 << 20 };
  return getauxval(AT_HWCAP) & dot_product ? CKERNELS_NEON_DOT : 0;
}

#else

uint32_t ckernels_features(void) { return 0; }

#endif
