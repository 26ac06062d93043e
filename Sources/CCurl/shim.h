// libcurl, loaded with dlopen(3). curl_easy_setopt(3) and curl_easy_getinfo(3) are variadic, which Swift cannot call.
#ifndef CCURL_SHIM_H
#define CCURL_SHIM_H

#include <curl/curl.h>
#include <dlfcn.h>
#include <stddef.h>

// The checking macros of <curl/typecheck-gcc.h> cannot be used on function pointers.
#undef curl_easy_setopt
#undef curl_easy_getinfo

typedef size_t (*ccurl_write_callback)(char *bytes, size_t size, size_t count, void *context);

typedef struct {
    CURLcode (*global_init)(long flags);
    CURL *(*easy_init)(void);
    CURLcode (*easy_setopt)(CURL *handle, CURLoption option, ...);
    CURLcode (*easy_perform)(CURL *handle);
    CURLcode (*easy_getinfo)(CURL *handle, CURLINFO info, ...);
    void (*easy_cleanup)(CURL *handle);
    const char *(*easy_strerror)(CURLcode code);
    struct curl_slist *(*slist_append)(struct curl_slist *list, const char *text);
    void (*slist_free_all)(struct curl_slist *list);
} ccurl_library;

// Fills `library`; returns 0 when libcurl is not installed. Debian has it with OpenSSL or with GnuTLS.
static inline int ccurl_load(ccurl_library *library) {
    void *handle = dlopen("libcurl.so.4", RTLD_NOW | RTLD_LOCAL);
    if (handle == NULL) handle = dlopen("libcurl-gnutls.so.4", RTLD_NOW | RTLD_LOCAL);
    if (handle == NULL) return 0;
    *(void **)&library->global_init = dlsym(handle, "curl_global_init");
    *(void **)&library->easy_init = dlsym(handle, "curl_easy_init");
    *(void **)&library->easy_setopt = dlsym(handle, "curl_easy_setopt");
    *(void **)&library->easy_perform = dlsym(handle, "curl_easy_perform");
    *(void **)&library->easy_getinfo = dlsym(handle, "curl_easy_getinfo");
    *(void **)&library->easy_cleanup = dlsym(handle, "curl_easy_cleanup");
    *(void **)&library->easy_strerror = dlsym(handle, "curl_easy_strerror");
    *(void **)&library->slist_append = dlsym(handle, "curl_slist_append");
    *(void **)&library->slist_free_all = dlsym(handle, "curl_slist_free_all");
    return library->global_init != NULL && library->easy_init != NULL && library->easy_setopt != NULL &&
           library->easy_perform != NULL && library->easy_getinfo != NULL && library->easy_cleanup != NULL &&
           library->easy_strerror != NULL && library->slist_append != NULL && library->slist_free_all != NULL;
}

static inline CURLcode ccurl_set_long(const ccurl_library *library, CURL *handle, CURLoption option, long value) {
    return library->easy_setopt(handle, option, value);
}

static inline CURLcode ccurl_set_pointer(const ccurl_library *library, CURL *handle, CURLoption option,
                                         const void *value) {
    return library->easy_setopt(handle, option, value);
}

static inline CURLcode ccurl_set_write(const ccurl_library *library, CURL *handle, ccurl_write_callback callback,
                                       void *context) {
    CURLcode code = library->easy_setopt(handle, CURLOPT_WRITEFUNCTION, callback);
    return code != CURLE_OK ? code : library->easy_setopt(handle, CURLOPT_WRITEDATA, context);
}

static inline long ccurl_response_code(const ccurl_library *library, CURL *handle) {
    long code = 0;
    library->easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &code);
    return code;
}

#endif
