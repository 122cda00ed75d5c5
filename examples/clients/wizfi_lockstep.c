#define _POSIX_C_SOURCE 200112L
#include "wizfi_lockstep.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { MOST = 65536, LOOK_US = 10 };

static FILE *to_run, *from_run;
static int64_t now_us;   /* the time here, which may be ahead of the run's: */
static int64_t run_us;   /* the time of the last answer, */
static int64_t quiet_us; /* and until when nothing comes by itself. So long a look need not ask. */

/* An answer: a line, "TIME COUNT QUIET", and COUNT bytes. */
static long answer(void *data, size_t most)
{
    size_t count;

    if (fscanf(from_run, "%" SCNd64 " %zu %" SCNd64, &run_us, &count, &quiet_us) != 3 || fgetc(from_run) != '\n')
        return -1;
    now_us = run_us;
    return count > most || fread(data, 1, count, from_run) < count ? -1 : (long)count;
}

long wizfi_ask(const char *request, const void *sent, size_t count, void *data, size_t most)
{
    int ahead = now_us > run_us; /* the run learns the time here first */

    if (ahead)
        fprintf(to_run, "sleep %" PRId64 "\n", now_us);
    fprintf(to_run, "%s\n", request);
    fwrite(sent, 1, count, to_run);
    if (fflush(to_run) != 0 || (ahead && answer(NULL, 0) < 0))
        return -1;
    return answer(data, most);
}

/* Whether it is known that nothing has come. */
static int is_quiet(void)
{
    if (now_us + LOOK_US >= quiet_us)
        return 0;
    now_us += LOOK_US;
    return 1;
}

int wizfi_open(void)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    const char *path = getenv("WIZFI_LOCKSTEP");
    int run;

    if (path == NULL || strlen(path) >= sizeof address.sun_path)
        return -1;
    strcpy(address.sun_path, path);
    run = socket(AF_UNIX, SOCK_STREAM, 0);
    if (run < 0 || connect(run, (struct sockaddr *)&address, sizeof address) < 0)
        return -1;
    from_run = fdopen(run, "rb");
    to_run = fdopen(dup(run), "wb");
    return from_run != NULL && to_run != NULL ? (int)wizfi_ask("open", NULL, 0, NULL, 0) : -1;
}

long wizfi_write(const void *data, size_t count)
{
    char request[40];

    for (size_t sent = 0, piece; sent < count; sent += piece) {
        piece = count - sent < MOST ? count - sent : MOST;
        snprintf(request, sizeof request, "write %zu", piece);
        if (wizfi_ask(request, (const char *)data + sent, piece, NULL, 0) < 0)
            return -1;
    }
    return (long)count;
}

long wizfi_read(void *data, size_t most, int64_t until_us)
{
    char request[60];

    if (until_us <= now_us && is_quiet())
        return 0;
    snprintf(request, sizeof request, "read %zu %" PRId64, most, until_us < 0 ? 0 : until_us);
    return wizfi_ask(request, NULL, 0, data, most);
}

int64_t wizfi_now(void)
{
    return is_quiet() || wizfi_ask("now", NULL, 0, NULL, 0) == 0 ? now_us : -1;
}

int64_t wizfi_sleep(int64_t until_us)
{
    char request[40];

    snprintf(request, sizeof request, "sleep %" PRId64, until_us < 0 ? 0 : until_us);
    return wizfi_ask(request, NULL, 0, NULL, 0) < 0 ? -1 : now_us;
}

void wizfi_close(void)
{
    wizfi_ask("now", NULL, 0, NULL, 0);
    fclose(to_run);
    fclose(from_run);
}
