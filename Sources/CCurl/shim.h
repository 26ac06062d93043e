// libcurl, loaded with dlopen(3). curl_easy_setopt(3), curl_easy_getinfo(3) and curl_multi_setopt(3) are variadic, which
// Swift cannot call.
#ifndef CCURL_SHIM_H
#define CCURL_SHIM_H

#include <curl/curl.h>
#include <dlfcn.h>
#include <stddef.h>

// The checking macros of <curl/typecheck-gcc.h> cannot be used on function pointers.
#undef curl_easy_setopt
#undef curl_easy_getinfo
#undef curl_multi_setopt

typedef size_t (*ccurl_write_callback)(char *bytes, size_t size, size_t count, void *context);
typedef int (*ccurl_request_callback)(void *context, char *remote_address, char *local_address, int remote_port,
                                      int local_port);

typedef struct {
    CURLcode (*global_init)(long flags);
    CURL *(*easy_init)(void);
    CURLcode (*easy_setopt)(CURL *handle, CURLoption option, ...);
    CURLcode (*easy_getinfo)(CURL *handle, CURLINFO info, ...);
    void (*easy_cleanup)(CURL *handle);
    CURLcode (*easy_pause)(CURL *handle, int mask);
    const char *(*easy_strerror)(CURLcode code);
    struct curl_slist *(*slist_append)(struct curl_slist *list, const char *text);
    void (*slist_free_all)(struct curl_slist *list);
    CURLM *(*multi_init)(void);
    CURLMcode (*multi_setopt)(CURLM *multi, CURLMoption option, ...);
    CURLMcode (*multi_add_handle)(CURLM *multi, CURL *handle);
    CURLMcode (*multi_remove_handle)(CURLM *multi, CURL *handle);
    CURLMcode (*multi_perform)(CURLM *multi, int *running);
    CURLMcode (*multi_poll)(CURLM *multi, struct curl_waitfd *extra, unsigned int count, int timeout, int *ready);
    CURLMcode (*multi_wakeup)(CURLM *multi);
    CURLMsg *(*multi_info_read)(CURLM *multi, int *left);
    CURLMcode (*multi_cleanup)(CURLM *multi);
} ccurl_library;

// Sets the member `name` to the function curl_`name`; false when libcurl has none of that name.
#define CCURL_FIND(name) ((*(void **)&library->name = dlsym(handle, "curl_" #name)) != NULL)

// Fills `library`; returns 0 when libcurl is not installed, or older than 7.68 (2020). Debian has it with OpenSSL or with
// GnuTLS.
static inline int ccurl_load(ccurl_library *library) {
    void *handle = dlopen("libcurl.so.4", RTLD_NOW | RTLD_LOCAL);
    if (handle == NULL) handle = dlopen("libcurl-gnutls.so.4", RTLD_NOW | RTLD_LOCAL);
    if (handle == NULL) return 0;
    return CCURL_FIND(global_init) && CCURL_FIND(easy_init) && CCURL_FIND(easy_setopt) && CCURL_FIND(easy_getinfo) &&
           CCURL_FIND(easy_cleanup) && CCURL_FIND(easy_pause) && CCURL_FIND(easy_strerror) &&
           CCURL_FIND(slist_append) && CCURL_FIND(slist_free_all) && CCURL_FIND(multi_init) && CCURL_FIND(multi_setopt) &&
           CCURL_FIND(multi_add_handle) && CCURL_FIND(multi_remove_handle) && CCURL_FIND(multi_perform) &&
           CCURL_FIND(multi_poll) && CCURL_FIND(multi_wakeup) && CCURL_FIND(multi_info_read) &&
           CCURL_FIND(multi_cleanup);
}

static inline CURLcode ccurl_set_long(const ccurl_library *library, CURL *handle, CURLoption option, long value) {
    return library->easy_setopt(handle, option, value);
}

static inline CURLcode ccurl_set_pointer(const ccurl_library *library, CURL *handle, CURLoption option,
                                         const void *value) {
    return library->easy_setopt(handle, option, value);
}

// `on_bytes` gets the answer's body, `on_request` is called before each attempt to send the request (curl 7.80 and later).
static inline void ccurl_set_callbacks(const ccurl_library *library, CURL *handle, ccurl_write_callback on_bytes,
                                       ccurl_request_callback on_request, void *context) {
    library->easy_setopt(handle, CURLOPT_WRITEFUNCTION, on_bytes);
    library->easy_setopt(handle, CURLOPT_WRITEDATA, context);
    library->easy_setopt(handle, CURLOPT_PREREQFUNCTION, on_request);
    library->easy_setopt(handle, CURLOPT_PREREQDATA, context);
}

// `on_field` gets each line of the header, and of the trailers.
static inline void ccurl_set_field_callback(const ccurl_library *library, CURL *handle, ccurl_write_callback on_field,
                                            void *context) {
    library->easy_setopt(handle, CURLOPT_HEADERFUNCTION, on_field);
    library->easy_setopt(handle, CURLOPT_HEADERDATA, context);
}

// What a write callback returns that does not take the bytes: they come again when the transfer goes on.
static const size_t ccurl_write_pause = CURL_WRITEFUNC_PAUSE;

static inline void ccurl_multi_set_long(const ccurl_library *library, CURLM *multi, CURLMoption option, long value) {
    library->multi_setopt(multi, option, value);
}

// A fact that is a long; 0 when it is not known.
static inline long ccurl_info(const ccurl_library *library, CURL *handle, CURLINFO info) {
    long value = 0;
    library->easy_getinfo(handle, info, &value);
    return value;
}

// The handle that is done next and how it went; NULL when there is none.
static inline CURL *ccurl_next_done(const ccurl_library *library, CURLM *multi, CURLcode *result) {
    int left = 0;
    for (CURLMsg *message; (message = library->multi_info_read(multi, &left)) != NULL;) {
        if (message->msg != CURLMSG_DONE) continue;
        *result = message->data.result;
        return message->easy_handle;
    }
    return NULL;
}

#endif
