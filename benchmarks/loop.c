/* The update of the network as a loop in C, over the matrix products of the OpenBLAS that NumPy has: what one would
   write by hand for speed. No product is shortened; all else is fused into as few passes as there can be. */

#include <math.h>
#include <stdint.h>
#include <string.h>

typedef void (*gemm_type)(int, int, int, int64_t, int64_t, int64_t, float, const float *, int64_t, const float *,
                          int64_t, float, float *, int64_t);
enum { ROWS = 101, NO = 111, YES = 112 };

/* Parameters lie in `theta` as b1, b2, W2, W1; `velocity`, if there is momentum, and `gradient` alike. */
typedef struct {
  gemm_type gemm;
  int64_t B, D, H, C;
  float rate, momentum, l2;
  float *theta, *velocity, *gradient, *X, *A1, *dA1, *P;
} Net;

static void forward(const Net *n, const uint8_t *pixels, const int64_t *index)
{
  const float *b1 = n->theta, *b2 = b1 + n->H, *W2 = b2 + n->C, *W1 = W2 + n->H * n->C;
  for (int64_t i = 0; i < n->B; i++) {
    const uint8_t *row = pixels + index[i] * n->D;
    float *x = n->X + i * n->D, *z = n->A1 + i * n->H;
    for (int64_t k = 0; k < n->D; k++) x[k] = row[k] * (1.0f / 255);
    memcpy(z, b1, n->H * sizeof(float));
    memcpy(n->P + i * n->C, b2, n->C * sizeof(float));
  }
  n->gemm(ROWS, NO, NO, n->B, n->H, n->D, 1, n->X, n->D, W1, n->H, 1, n->A1, n->H);
  for (int64_t i = 0; i < n->B * n->H; i++) n->A1[i] = n->A1[i] > 0 ? n->A1[i] : 0;
  n->gemm(ROWS, NO, NO, n->B, n->C, n->H, 1, n->A1, n->H, W2, n->C, 1, n->P, n->C);
}

/* Leave rate / B times (P - Y) in P. */
static void softmax_gradient(const Net *n, const uint8_t *labels, const int64_t *index)
{
  for (int64_t i = 0; i < n->B; i++) {
    float *p = n->P + i * n->C, top = p[0], sum = 0;
    for (int64_t j = 1; j < n->C; j++) top = p[j] > top ? p[j] : top;
    for (int64_t j = 0; j < n->C; j++) sum += p[j] = expf(p[j] - top);
    for (int64_t j = 0; j < n->C; j++) p[j] *= n->rate / n->B / sum;
    p[labels[index[i]]] -= n->rate / n->B;
  }
}

static void backward(const Net *n)
{
  float *b1 = n->gradient, *b2 = b1 + n->H, *W2 = b2 + n->C, *W1 = W2 + n->H * n->C;
  const float *theta_W2 = n->theta + n->H + n->C;
  n->gemm(ROWS, YES, NO, n->H, n->C, n->B, 1, n->A1, n->H, n->P, n->C, 0, W2, n->C);
  n->gemm(ROWS, NO, YES, n->B, n->H, n->C, 1, n->P, n->C, theta_W2, n->C, 0, n->dA1, n->H);
  memset(b1, 0, (n->H + n->C) * sizeof(float));
  for (int64_t i = 0; i < n->B; i++) {
    float *d = n->dA1 + i * n->H;
    const float *a = n->A1 + i * n->H, *p = n->P + i * n->C;
    for (int64_t j = 0; j < n->H; j++) b1[j] += d[j] = a[j] > 0 ? d[j] : 0;
    for (int64_t j = 0; j < n->C; j++) b2[j] += p[j];
  }
  n->gemm(ROWS, YES, NO, n->D, n->H, n->B, 1, n->X, n->D, n->dA1, n->H, 0, W1, n->H);
}

static void descend(const Net *n)
{
  int64_t biases = n->H + n->C, all = biases + n->H * n->C + n->D * n->H;
  float *theta = n->theta, *g = n->gradient, *v = n->velocity, decay = n->rate * n->l2;
  for (int64_t i = 0; i < biases; i++) theta[i] += v ? (v[i] = n->momentum * v[i] - g[i]) : -g[i];
  if (v)
    for (int64_t i = biases; i < all; i++) theta[i] += v[i] = n->momentum * v[i] - g[i] - decay * theta[i];
  else
    for (int64_t i = biases; i < all; i++) theta[i] -= g[i] + decay * theta[i];
}

/* Do one update for each of `count` batches, whose images are named by `order`, B a batch. */
void updates(const Net *n, const uint8_t *pixels, const uint8_t *labels, const int64_t *order, int64_t count)
{
  for (int64_t t = 0; t < count; t++) {
    forward(n, pixels, order + t * n->B);
    softmax_gradient(n, labels, order + t * n->B);
    backward(n);
    descend(n);
  }
}
