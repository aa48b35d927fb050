/*
 * The models as blocked C over the widest SIMD registers of the processor: what it can do with these densities.
 *
 *   kernels NAME FILE    answers lines on standard input:
 *     check P            log density and gradient at position P of the file
 *     time N             microseconds per gradient, mean of N evaluations at the file's positions in turn
 *
 * FILE holds doubles: rows, dimension, number of positions, positions, columns one after another. Log densities are up to a constant.
 */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define D 25 /* coefficients of the regressions */
#define COUNTIES 85
#if defined __AVX512F__
#define BYTES 64
#elif defined __AVX__
#define BYTES 32
#else
#define BYTES 16
#endif
#define LANES (BYTES / 8)
#define DEEP 8 /* registers of rows in a block: enough to hide the latency of fused multiply-add */
#define BLOCK (LANES * DEEP)

typedef double vec __attribute__((vector_size(BYTES), aligned(BYTES)));
typedef int64_t ivec __attribute__((vector_size(BYTES), aligned(BYTES)));

static inline vec splat(double x) { return (vec){} + x; }
static inline double total(vec v) {
  double sums[LANES];
  memcpy(sums, &v, sizeof v);
  for (int half = LANES / 2; half; half /= 2)
    for (int l = 0; l < half; l++) sums[l] += sums[l + half];
  return sums[0];
}
static inline vec load(const double *p) { vec v; memcpy(&v, p, sizeof v); return v; }
static inline vec where(ivec mask, vec a, vec b) { return (vec)(((ivec)a & mask) | ((ivec)b & ~mask)); }
static inline void store(double *p, vec v) { memcpy(p, &v, sizeof v); }

static double *allocate(size_t n) {
  double *p = aligned_alloc(64, (n * sizeof(double) + 63) / 64 * 64);
  memset(p, 0, (n * sizeof(double) + 63) / 64 * 64);
  return p;
}

static long rows, dimension, blocks;
static double *x, *y; /* blocks of the design and of the response, or what the model keeps instead */

/* Keeps -ffast-math from cancelling what is added and taken away again. */
#ifdef __x86_64__
#define OPAQUE(v) __asm__("" : "+x"(v))
#else
#define OPAQUE(v) __asm__("" : "+w"(v))
#endif

/* exp(-a) = top / bottom for 0 <= a <= 700: the rational approximation of Cephes, left undivided for the sigmoid to share the division. */
static inline void exp_minus(vec a, vec *top, vec *bottom) {
  const vec shifter = splat(6755399441055744); /* 1.5 x 2^52: what is added to it is rounded, and stands in its lowest bits */
  vec k = a * splat(1.4426950408889634) + shifter;
  OPAQUE(k);
  vec n = k - shifter;
  vec f = n * splat(6.93145751953125e-1) - a + n * splat(1.42860682030941723212e-6), f2 = f * f;
  vec p = f * ((splat(1.26177193074810590878e-4) * f2 + splat(3.0299440770744196130e-2)) * f2 + splat(1));
  vec q = ((splat(3.00198505138664455042e-6) * f2 + splat(2.52448340349684104192e-3)) * f2 + splat(2.27265548208155028766e-1)) * f2 + splat(2);
  *top = (vec)((ivec)(q + p) - ((ivec)k << 52));
  *bottom = q - p;
}

/* Rows in blocks, column by column inside of a block, multiplied by their sign where there are signs; the last block is filled with zeros. */
static double *pack(const double *columns, const double *signs) {
  blocks = (rows + BLOCK - 1) / BLOCK;
  double *out = allocate(blocks * BLOCK * D);
  for (long i = 0; i < rows; i++)
    for (long j = 0; j < D; j++)
      out[(i / BLOCK * D + j) * BLOCK + i % BLOCK] = (signs ? 2 * signs[i] - 1 : 1) * columns[j * rows + i];
  return out;
}

/* `far`: the design does not fit into the caches next to the core, so the next block is asked for ahead of time. */
static inline __attribute__((always_inline)) void linear_predictor(vec *eta, const double *block, const double *beta, int far) {
  vec e[DEEP] = {};
  for (int j = 0; j < D; j++) {
    vec b = splat(beta[j]);
    if (far)
      for (int v = 0; v < BLOCK; v += 8) __builtin_prefetch(block + (D + j) * BLOCK + v);
#pragma GCC unroll 8
    for (int v = 0; v < DEEP; v++) e[v] += b * *(const vec *)(block + j * BLOCK + v * LANES);
  }
#pragma GCC unroll 8
  for (int v = 0; v < DEEP; v++) eta[v] = e[v];
}

static inline void add_gradient(vec *sums, const double *block, const vec *r) {
  for (int j = 0; j < D; j++) {
    vec even = sums[j], odd = {};
#pragma GCC unroll 8
    for (int v = 0; v < DEEP; v += 2) {
      even += r[v] * *(const vec *)(block + j * BLOCK + v * LANES);
      odd += r[v + 1] * *(const vec *)(block + j * BLOCK + (v + 1) * LANES);
    }
    sums[j] = even + odd;
  }
}

static double regression_prior(double *gradient, const double *beta, const vec *sums, double weight) {
  double squares = 0;
  for (int j = 0; j < D; j++) {
    squares += beta[j] * beta[j];
    gradient[j] = weight * total(sums[j]) - 0.16 * beta[j];
  }
  return -0.08 * squares;
}

/* Half-Cauchy prior of scale 2.5 on exp(value), with the Jacobian. */
static double half_cauchy(double *derivative, double value) {
  double u = 0.16 * exp(2 * value);
  *derivative = 1 - 2 * u / (1 + u);
  return value - log1p(u);
}

static double schools(double *g, const double *q) {
  double mu = q[0], tau = exp(q[1]), u = 0.04 * tau * tau;
  vec slopes = {}, products = {}, squares = {};
  for (int i = 0; i < 8; i += LANES) {
    vec z = load(q + 2 + i), r = load(x + i) - splat(mu) - splat(tau) * z, slope = r * load(x + 8 + i);
    store(g + 2 + i, splat(tau) * slope - z);
    slopes += slope;
    products += slope * z;
    squares += z * z + r * slope;
  }
  g[0] = total(slopes) - 0.04 * mu;
  g[1] = tau * total(products) + 1 - 2 * u / (1 + u);
  return q[1] - log1p(u) - 0.5 * (total(squares) + 0.04 * mu * mu);
}

static inline __attribute__((always_inline)) double logistic(double *g, const double *q, int far) {
  vec sums[D] = {}, lower = {}, product = splat(1);
  double sum = 0;
  for (long b = 0; b < blocks; b++) {
    const double *block = x + b * BLOCK * D;
    vec e[DEEP], r[DEEP], one = splat(1);
    linear_predictor(e, block, q, far);
#pragma GCC unroll 8
    for (int v = 0; v < DEEP; v++) {
            vec size = (vec)((ivec)e[v] & 0x7fffffffffffffff);
      vec top, bottom;
      exp_minus(where(size < 700, size, splat(700)), &top, &bottom);
      vec inverse = one / (top + bottom);
      lower += e[v] - size; /* twice the smaller of e and 0 */
      product *= bottom * inverse;
      r[v] = where(e[v] < 0, bottom, top) * inverse;
    }
    add_gradient(sums, block, r);
    if ((b & 63) == 63 || b == blocks - 1) { /* at most 512 factors of at least 1/2 */
      for (int l = 0; l < LANES; l++) sum += log(product[l]);
      product = one;
    }
  }
  return sum + 0.5 * total(lower) + regression_prior(g, q, sums, 1);
}

static double logistic_near(double *g, const double *q) { return logistic(g, q, 0); }
static double logistic_far(double *g, const double *q) { return logistic(g, q, 1); }

static double series(double *g, const double *q) {
  double rho = 0.9, diagonal = 1 + rho * rho, sum = 0;
  long last = dimension - 1;
  g[0] = rho * q[1] - q[0];
  g[last] = rho * q[last - 1] - q[last];
  for (long t = 1; t < last; t++) {
    double d = rho * (q[t - 1] + q[t + 1]) - diagonal * q[t];
    g[t] = d;
    sum += d * q[t];
  }
  return 0.5 * (sum + g[0] * q[0] + g[last] * q[last]);
}

/* P x by columns, 40 rows at a time. */
#define TALL (40 / LANES)
static double dense(double *g, const double *q) {
  vec sum = {};
  for (int part = 0; part < 200; part += 40) {
    vec even[TALL] = {}, odd[TALL] = {};
    for (int j = 0; j < 200; j += 2) {
      const vec *p = (const vec *)(x + part * 200 + j * 40);
      vec a = splat(q[j]), b = splat(q[j + 1]);
#pragma GCC unroll 20
      for (int v = 0; v < TALL; v++) {
        even[v] += a * p[v];
        odd[v] += b * p[TALL + v];
      }
    }
    for (int v = 0; v < TALL; v++) {
      vec d = -(even[v] + odd[v]);
      store(g + part + v * LANES, d);
      sum += d * load(q + part + v * LANES);
    }
  }
  return 0.5 * total(sum);
}

/* Rows of a county fill registers of their own; empty lanes have weight 0 in each of the columns 1, floor, uranium, both, response. */
static int registers[COUNTIES];
static double radon(double *g, const double *q) {
  double tau_a = exp(q[4]), tau_b = exp(q[5]), sigma = exp(q[6]), precision = 1 / (sigma * sigma);
  vec squares = {}, sum_u = {}, sum_fu = {}, gamma_u = splat(q[2]), gamma_fu = splat(q[3]);
  double sum_a[COUNTIES], sum_b[COUNTIES];
  const vec *row = (const vec *)x;
  for (int j = 0; j < COUNTIES; j++) {
    vec a = splat(q[0] + tau_a * q[7 + j]), b = splat(q[1] + tau_b * q[92 + j]), county_a = {}, county_b = {};
    for (int v = 0; v < registers[j]; v++, row += 5) {
      vec r = (row[4] - a * row[0] - b * row[1]) - (gamma_u * row[2] + gamma_fu * row[3]);
      squares += r * r;
      county_a += r;
      county_b += r * row[1];
      sum_u += r * row[2];
      sum_fu += r * row[3];
    }
    sum_a[j] = total(county_a);
    sum_b[j] = total(county_b);
  }
  double all_a = 0, all_b = 0, scaled_a = 0, scaled_b = 0, prior = 0;
  for (int j = 0; j < COUNTIES; j++) {
    double z_a = q[7 + j], z_b = q[92 + j];
    all_a += sum_a[j];
    all_b += sum_b[j];
    scaled_a += sum_a[j] * z_a;
    scaled_b += sum_b[j] * z_b;
    prior += z_a * z_a + z_b * z_b;
    g[7 + j] = precision * tau_a * sum_a[j] - z_a;
    g[92 + j] = precision * tau_b * sum_b[j] - z_b;
  }
  g[0] = precision * all_a - 0.04 * q[0];
  g[1] = precision * all_b - 0.04 * q[1];
  g[2] = precision * total(sum_u) - 0.04 * q[2];
  g[3] = precision * total(sum_fu) - 0.04 * q[3];
  g[4] = precision * tau_a * scaled_a + 1 - tau_a * tau_a;
  g[5] = precision * tau_b * scaled_b + 1 - tau_b * tau_b;
  double rest = precision * total(squares), lp = half_cauchy(g + 6, q[6]);
  g[6] += rest - rows;
  for (int j = 0; j < 4; j++) prior += 0.04 * q[j] * q[j];
  return lp + q[4] + q[5] - rows * q[6] - 0.5 * (prior + rest + tau_a * tau_a + tau_b * tau_b);
}

/* R of the QR decomposition of [X y] and its transpose, columns padded to 32, so that both products run down columns. */
#define WIDE (32 / LANES)
static double regression(double *g, const double *q) {
  double sigma = exp(q[D]), precision = 1 / (sigma * sigma), lp = half_cauchy(g + D, q[D]);
  const vec *columns = (const vec *)x, *transposed = (const vec *)(x + 32 * 32);
  double e[32] __attribute__((aligned(64)));
  vec sums[WIDE], down[WIDE] = {}, all = {};
  for (int v = 0; v < WIDE; v++) sums[v] = columns[D * WIDE + v];
  for (int j = 0; j < D; j++)
#pragma GCC unroll 16
    for (int v = 0; v < WIDE; v++) sums[v] -= splat(q[j]) * columns[j * WIDE + v];
  for (int v = 0; v < WIDE; v++) {
    store(e + LANES * v, sums[v]);
    all += sums[v] * sums[v];
  }
  double squares = y[0] + total(all), prior = 0;
  for (int i = 0; i < D; i++)
#pragma GCC unroll 16
    for (int v = 0; v < WIDE; v++) down[v] += splat(e[i]) * transposed[i * WIDE + v];
  for (int v = 0; v < WIDE; v++) store(e + LANES * v, down[v]);
  for (int j = 0; j < D; j++) {
    g[j] = precision * e[j] - 0.16 * q[j];
    prior += q[j] * q[j];
  }
  g[D] += precision * squares - rows;
  return lp - rows * q[D] - 0.5 * precision * squares - 0.08 * prior;
}

static double regression_rows(double *g, const double *q) {
  double sigma = exp(q[D]), precision = 1 / (sigma * sigma), lp = half_cauchy(g + D, q[D]);
  vec sums[D] = {}, squares = {};
  for (long b = 0; b < blocks; b++) {
    const double *block = x + b * BLOCK * D;
    vec r[DEEP];
    linear_predictor(r, block, q, 1);
#pragma GCC unroll 8
    for (int v = 0; v < DEEP; v++) {
      r[v] = *(const vec *)(y + b * BLOCK + v * LANES) - r[v];
      squares += r[v] * r[v];
    }
    add_gradient(sums, block, r);
  }
  double rest = precision * total(squares);
  g[D] += rest - rows;
  return lp - rows * q[D] - 0.5 * rest + regression_prior(g, q, sums, precision);
}

static void bind_schools(const double *columns) {
  x = allocate(16);
  for (int i = 0; i < 8; i++) {
    x[i] = columns[i];
    x[8 + i] = 1 / (columns[8 + i] * columns[8 + i]);
  }
}

static void bind_logistic(const double *columns) { x = pack(columns, columns + D * rows); }

static void bind_series(const double *columns) { (void)columns; }

static void bind_dense(const double *columns) {
  x = allocate(200 * 200);
  for (int i = 0; i < 200; i++)
    for (int j = 0; j < 200; j++) x[i / 40 * 40 * 200 + j * 40 + i % 40] = columns[j * 200 + i];
}

static void bind_radon(const double *columns) {
  const double *county = columns, *house[3] = {columns + rows, columns + 2 * rows, columns + 3 * rows};
  long count[COUNTIES] = {}, start[COUNTIES], filled[COUNTIES] = {}, length = 0;
  for (long i = 0; i < rows; i++) count[(int)county[i]]++;
  for (int j = 0; j < COUNTIES; j++) {
    registers[j] = (count[j] + LANES - 1) / LANES;
    start[j] = length;
    length += registers[j];
  }
  x = allocate(length * 5 * LANES);
  for (long i = 0; i < rows; i++) {
    int j = county[i];
    long n = filled[j]++;
    double *to = x + (start[j] + n / LANES) * 5 * LANES + n % LANES;
    double floor = house[0][i], uranium = house[1][i];
    double values[5] = {1, floor, uranium, floor * uranium, house[2][i]};
    for (int k = 0; k < 5; k++) to[k * LANES] = values[k];
  }
}

static void bind_regression(const double *factor) {
  x = allocate(2 * 32 * 32);
  y = allocate(1);
  for (int i = 0; i < D; i++)
    for (int j = i; j <= D; j++) x[j * 32 + i] = x[32 * 32 + i * 32 + j] = factor[i * (D + 1) + j];
  for (int i = 0; i < D; i++) x[32 * 32 + i * 32 + D] = 0;
  y[0] = factor[D * (D + 1) + D] * factor[D * (D + 1) + D];
}

static void bind_regression_rows(const double *columns) {
  x = pack(columns, NULL);
  y = allocate(blocks * BLOCK);
  memcpy(y, columns + D * rows, rows * sizeof(double));
}

static const struct {
  const char *name;
  void (*bind)(const double *columns);
  double (*evaluate)(double *gradient, const double *position);
} models[] = {
    {"M1", bind_schools, schools},          {"M2", bind_logistic, logistic_near},         {"M3", bind_logistic, logistic_far},
    {"M4", bind_series, series},            {"M4dense", bind_dense, dense},          {"M5", bind_radon, radon},
    {"M6", bind_regression, regression},    {"M6n1000", bind_regression, regression}, {"M6rows", bind_regression_rows, regression_rows},
};

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return 1e6 * t.tv_sec + 1e-3 * t.tv_nsec;
}

int main(int count, char **arguments) {
  if (count != 3) return 2;
  size_t model = 0, models_count = sizeof models / sizeof *models;
  while (model < models_count && strcmp(models[model].name, arguments[1])) model++;
  FILE *file = fopen(arguments[2], "rb");
  if (model == models_count || !file) return 2;
  fseek(file, 0, SEEK_END);
  size_t length = ftell(file) / sizeof(double);
  rewind(file);
  double *content = allocate(length);
  if (fread(content, sizeof(double), length, file) != length) return 2;
  fclose(file);
  rows = content[0];
  dimension = content[1];
  long positions_count = content[2], stride = (dimension + 7) / 8 * 8;
  double *positions = allocate(positions_count * stride), *gradient = allocate(stride + LANES);
  for (long p = 0; p < positions_count; p++) memcpy(positions + p * stride, content + 3 + p * dimension, dimension * sizeof(double));
  models[model].bind(content + 3 + positions_count * dimension);
  free(content);

  double (*volatile evaluate)(double *, const double *) = models[model].evaluate; /* volatile: no call may be merged with the next one */
  char line[64];
  while (fgets(line, sizeof line, stdin)) {
    long n;
    if (sscanf(line, "check %ld", &n) == 1) {
      printf("%.17g", evaluate(gradient, positions + n * stride));
      for (long j = 0; j < dimension; j++) printf(" %.17g", gradient[j]);
      printf("\n");
    } else if (sscanf(line, "time %ld", &n) == 1) {
      double sink = 0, start = now();
      for (long k = 0; k < n; k++) sink += evaluate(gradient, positions + (k & (positions_count - 1)) * stride);
      double spent = now() - start;
      printf("%.9g %g\n", spent / n, sink);
    }
    fflush(stdout);
  }
  return 0;
}
