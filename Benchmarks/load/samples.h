// What the programs here share: the clock, the latencies, and the one line of JSON they print.

#ifndef SAMPLES_H
#define SAMPLES_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

// Nanoseconds on a clock that nobody sets.
static inline int64_t now_ns(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

struct samples {
    int64_t *values;
    size_t count, capacity;
};

static inline void samples_add(struct samples *samples, int64_t nanoseconds) {
    if (samples->count == samples->capacity) {
        samples->capacity = samples->capacity ? 2 * samples->capacity : 1 << 16;
        samples->values = realloc(samples->values, samples->capacity * sizeof *samples->values);
        if (!samples->values) {
            perror("realloc");
            exit(1);
        }
    }
    samples->values[samples->count++] = nanoseconds;
}

static int samples_compare(const void *left, const void *right) {
    int64_t a = *(const int64_t *)left, b = *(const int64_t *)right;
    return (a > b) - (a < b);
}

// In microseconds; the samples are sorted.
static inline double samples_quantile(const struct samples *samples, double quantile) {
    return samples->count ? samples->values[(size_t)(quantile * (double)(samples->count - 1))] / 1000.0 : 0;
}

// Prints {"count","seconds","per_second","median_us","p99_us","p999_us"}.
static inline void samples_print(struct samples *samples, int64_t elapsed_ns) {
    double seconds = elapsed_ns / 1e9;
    qsort(samples->values, samples->count, sizeof *samples->values, samples_compare);
    printf("{\"count\":%zu,\"seconds\":%.3f,\"per_second\":%.1f,\"median_us\":%.1f,\"p99_us\":%.1f,\"p999_us\":%.1f}\n",
           samples->count, seconds, (double)samples->count / seconds, samples_quantile(samples, 0.5),
           samples_quantile(samples, 0.99), samples_quantile(samples, 0.999));
}

#endif
