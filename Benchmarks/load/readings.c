// Writes readings of sensors as site files of the server, or as lines of InfluxDB's protocol.
//
//   readings [-l] [-t TYPES] [-i INTERVAL_MS] FIRST_NOON DAYS [DIRECTORY]
//
// So many days from FIRST_NOON (seconds since 1970, UTC), each from noon to noon in a file site_YYYYMMDD.ndjson of DIRECTORY;
// of TYPES (8) types `sensor 0`, ... an event each INTERVAL_MS (1000) with five fields. With -l the same values go to
// standard output as lines of InfluxDB's protocol. Each field is a random walk with two decimals; the same on each run.
//
// Prints {"events","bytes"} (to standard error with -l).

#define _GNU_SOURCE

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { FIELDS = 5, MOST_TYPES = 1000 };

static const char *const names[FIELDS] = {"wind_mps", "temperature_c", "humidity", "pressure_hpa", "sky_c"};
static const int starts[FIELDS] = {450, -250, 6150, 84321, -3000};  // in hundredths

static int values[MOST_TYPES][FIELDS];
static uint64_t state = 18;

static void fail(const char *what) {
    perror(what);
    exit(1);
}

static uint64_t next(void) {
    uint64_t z = (state += 0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    return z ^ z >> 31;
}

// Moves a value by a few hundredths, and seldom by some units.
static int step(int value) {
    uint64_t random = next();
    int change = (int)(random % 15) - 7;
    if (random >> 52 == 0) change *= 40;
    return value + change;
}

static char *put_text(char *at, const char *text) {
    size_t length = strlen(text);
    memcpy(at, text, length);
    return at + length;
}

static char *put_integer(char *at, uint64_t value) {
    char digits[20];
    int count = 0;
    do digits[count++] = (char)('0' + value % 10);
    while (value /= 10);
    while (count) *at++ = digits[--count];
    return at;
}

static char *put_digits(char *at, unsigned value, int count) {
    for (int place = count - 1; place >= 0; place--, value /= 10) at[place] = (char)('0' + value % 10);
    return at + count;
}

static char *put_hundredths(char *at, int value) {
    if (value < 0) *at++ = '-';
    unsigned magnitude = (unsigned)abs(value);
    at = put_integer(at, magnitude / 100);
    if (magnitude % 100 == 0) return at;
    *at++ = '.';
    if (magnitude % 10 == 0) return put_digits(at, magnitude % 100 / 10, 1);
    return put_digits(at, magnitude % 100, 2);
}

// `separator` stands between name and value, `quote` around the name.
static char *put_fields(char *at, int type, const char *quote, const char *separator) {
    for (int field = 0; field < FIELDS; field++) {
        if (field) *at++ = ',';
        at = put_text(put_text(put_text(at, quote), names[field]), quote);
        at = put_text(at, separator);
        at = put_hundredths(at, values[type][field] = step(values[type][field]));
    }
    return at;
}

static char *put_event(char *at, uint64_t seq, const char *second, unsigned millisecond, int type) {
    at = put_integer(put_text(at, "{\"seq\":"), seq);
    at = put_text(put_text(at, ",\"ts\":\""), second);
    *at++ = '.';
    at = put_digits(at, millisecond, 3);
    at = put_text(at, "Z\",\"stream\":\"site\",\"type\":\"sensor ");
    at = put_text(put_integer(at, (uint64_t)type), "\",\"data\":{");
    return put_text(put_fields(at, type, "\"", ":"), "},\"meta\":{}}\n");
}

static char *put_point(char *at, int64_t moment, int type) {
    at = put_integer(put_text(at, "sensor\\ "), (uint64_t)type);
    *at++ = ' ';
    at = put_fields(at, type, "", "=");
    *at++ = ' ';
    return put_text(put_integer(at, (uint64_t)moment), "000000\n");
}

static FILE *open_day(const char *directory, time_t noon) {
    char path[4096];
    struct tm date;
    gmtime_r(&noon, &date);
    snprintf(path, sizeof path, "%s/site_%04d%02d%02d.ndjson", directory, date.tm_year + 1900, date.tm_mon + 1,
             date.tm_mday);
    FILE *file = fopen(path, "we");
    if (!file) fail(path);
    return file;
}

static _Noreturn void usage(void) {
    fprintf(stderr, "usage: readings [-l] [-t TYPES] [-i INTERVAL_MS] FIRST_NOON DAYS [DIRECTORY]\n");
    exit(64);
}

int main(int count, char **arguments) {
    bool is_protocol = false;
    int types = 8, option;
    int64_t interval = 1000;
    while ((option = getopt(count, arguments, "lt:i:")) != -1) {
        if (option == 'l') is_protocol = true;
        else if (option == 't') types = atoi(optarg);
        else if (option == 'i') interval = atoll(optarg);
        else usage();
    }
    if (count - optind != (is_protocol ? 2 : 3) || types < 1 || types > MOST_TYPES || interval < 1) usage();
    int64_t noon = atoll(arguments[optind]), days = atoll(arguments[optind + 1]);
    for (int type = 0; type < types; type++) memcpy(values[type], starts, sizeof starts);

    static char buffer[1 << 20];
    uint64_t events = 0, bytes = 0;
    int64_t moment = noon * 1000;
    for (int64_t day = 0; day < days; day++) {
        FILE *file = is_protocol ? stdout : open_day(arguments[optind + 2], (time_t)(noon + day * 86400));
        int64_t end = (noon + (day + 1) * 86400) * 1000, shown = -1;
        char second[32] = "", *at = buffer;
        for (; moment < end; moment += interval) {
            if (moment / 1000 != shown) {
                time_t time = (time_t)(shown = moment / 1000);
                struct tm date;
                strftime(second, sizeof second, "%Y-%m-%dT%H:%M:%S", gmtime_r(&time, &date));
            }
            for (int type = 0; type < types; type++) {
                if (is_protocol) at = put_point(at, moment, type);
                else at = put_event(at, events + 1, second, (unsigned)(moment % 1000), type);
                events++;
                if (at - buffer > (ptrdiff_t)sizeof buffer - 4096) {
                    bytes += (uint64_t)(at - buffer);
                    if (fwrite(buffer, 1, (size_t)(at - buffer), file) != (size_t)(at - buffer)) fail("write");
                    at = buffer;
                }
            }
        }
        bytes += (uint64_t)(at - buffer);
        if (fwrite(buffer, 1, (size_t)(at - buffer), file) != (size_t)(at - buffer)) fail("write");
        if (fflush(file) || (!is_protocol && fclose(file))) fail("write");
    }
    fprintf(is_protocol ? stderr : stdout, "{\"events\":%llu,\"bytes\":%llu}\n", (unsigned long long)events,
            (unsigned long long)bytes);
    return 0;
}
