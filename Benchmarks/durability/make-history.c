// Appends lines to an NDJSON file as the server would have written them, gigabytes in seconds.
//
//   make-history FILE BYTES FIRST_SEQ site|run [RUN_ID]
//
// Appends whole lines of 20 event types until FILE has grown by BYTES or a little more, and prints the last seq.

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

int main(int count, char **arguments) {
    if (count < 5 || count > 6) {
        fprintf(stderr, "usage: make-history FILE BYTES FIRST_SEQ site|run [RUN_ID]\n");
        return 64;
    }
    FILE *file = fopen(arguments[1], "ae");
    if (!file) {
        perror(arguments[1]);
        return 1;
    }
    static char buffer[1 << 20];
    setvbuf(file, buffer, _IOFBF, sizeof buffer);

    // Ten events a second, the last of them about now.
    int64_t bytes = strtoll(arguments[2], NULL, 10), written = 0;
    uint64_t seq = strtoull(arguments[3], NULL, 10);
    int64_t tenths = (int64_t)time(NULL) * 10 - bytes / 190, second = -1;
    char stamp[32] = "", meta[512] = "";
    if (count > 5) snprintf(meta, sizeof meta, "\"run_id\":\"%s\"", arguments[5]);
    for (; written < bytes; seq++, tenths++) {
        if (tenths / 10 != second) {
            time_t time = second = tenths / 10;
            strftime(stamp, sizeof stamp, "%Y-%m-%dT%H:%M:%S", gmtime(&time));
        }
        int length = fprintf(
            file,
            "{\"seq\":%" PRIu64 ",\"ts\":\"%s.%d00Z\",\"stream\":\"%s\",\"type\":\"sensor_%02d\",\"data\":{\"sky\":\"clear\","
            "\"wind_kph\":%d.5,\"humidity\":61.25,\"temperature_c\":%d.125,\"counter\":%d},\"meta\":{%s}}\n",
            seq, stamp, (int)(tenths % 10), arguments[4], (int)(seq % 20), (int)(seq % 37), (int)(seq % 29),
            (int)(seq % 100000), meta);
        if (length < 0) break;
        written += length;
    }
    if (ferror(file) | fclose(file)) {
        perror(arguments[1]);
        return 1;
    }
    printf("%" PRIu64 "\n", seq - 1);
    return 0;
}
