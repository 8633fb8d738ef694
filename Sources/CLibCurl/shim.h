#ifndef MARTLET_CLIBCURL_SHIM_H
#define MARTLET_CLIBCURL_SHIM_H

#include <curl/curl.h>
#include <dlfcn.h>

/* libcurl is loaded when it is first needed. It brings thirty libraries with it, which would cost every run of the program
 * 6 ms of CPU and 6 MB of memory; most runs never speak HTTP. So nothing here refers to one of its symbols: functions are looked
 * up by name. `martlet_curl_global_init` tells whether the library is there, and nothing else may be called before it. */

/* NULL if this machine lacks it. */
static inline void *martlet_curl_library(void) {
    static void *library;
    void *known = __atomic_load_n(&library, __ATOMIC_ACQUIRE);
    if (known) return known;
    known = dlopen("libcurl.so.4", RTLD_NOW | RTLD_LOCAL);
    __atomic_store_n(&library, known, __ATOMIC_RELEASE);
    return known;
}

/* A function of the library, with the type that its header gives it. */
#define MARTLET_CURL(name) ((__typeof__(&name))dlsym(martlet_curl_library(), #name))

static inline CURLcode martlet_curl_global_init(void) {
    return martlet_curl_library() ? MARTLET_CURL(curl_global_init)(CURL_GLOBAL_DEFAULT) : CURLE_FAILED_INIT;
}

static inline const char *martlet_curl_version(void) { return MARTLET_CURL(curl_version)(); }

static inline CURL *martlet_curl_easy_init(void) { return MARTLET_CURL(curl_easy_init)(); }
static inline void martlet_curl_easy_reset(CURL *handle) { MARTLET_CURL(curl_easy_reset)(handle); }
static inline void martlet_curl_easy_cleanup(CURL *handle) { MARTLET_CURL(curl_easy_cleanup)(handle); }
static inline CURLcode martlet_curl_easy_perform(CURL *handle) { return MARTLET_CURL(curl_easy_perform)(handle); }
static inline const char *martlet_curl_easy_strerror(CURLcode code) { return MARTLET_CURL(curl_easy_strerror)(code); }

static inline CURLcode martlet_curl_easy_send(CURL *handle, const void *bytes, size_t length, size_t *sent) {
    return MARTLET_CURL(curl_easy_send)(handle, bytes, length, sent);
}

static inline CURLcode martlet_curl_easy_recv(CURL *handle, void *bytes, size_t length, size_t *received) {
    return MARTLET_CURL(curl_easy_recv)(handle, bytes, length, received);
}

static inline struct curl_slist *martlet_curl_slist_append(struct curl_slist *list, const char *text) {
    return MARTLET_CURL(curl_slist_append)(list, text);
}

static inline void martlet_curl_slist_free_all(struct curl_slist *list) { MARTLET_CURL(curl_slist_free_all)(list); }

static inline CURLU *martlet_curl_url(void) { return MARTLET_CURL(curl_url)(); }
static inline void martlet_curl_url_cleanup(CURLU *url) { MARTLET_CURL(curl_url_cleanup)(url); }

static inline CURLUcode martlet_curl_url_set(CURLU *url, CURLUPart part, const char *text, unsigned int flags) {
    return MARTLET_CURL(curl_url_set)(url, part, text, flags);
}

static inline CURLUcode martlet_curl_url_get(CURLU *url, CURLUPart part, char **text, unsigned int flags) {
    return MARTLET_CURL(curl_url_get)(url, part, text, flags);
}

static inline void martlet_curl_free(void *bytes) { MARTLET_CURL(curl_free)(bytes); }

/* curl_easy_setopt and curl_easy_getinfo are variadic, which Swift cannot call: one function per kind of argument. */
#define MARTLET_CURL_SET MARTLET_CURL(curl_easy_setopt)
#define MARTLET_CURL_GET MARTLET_CURL(curl_easy_getinfo)

static inline CURLcode martlet_curl_set_long(CURL *handle, CURLoption option, long value) {
    return MARTLET_CURL_SET(handle, option, value);
}

static inline CURLcode martlet_curl_set_offset(CURL *handle, CURLoption option, curl_off_t value) {
    return MARTLET_CURL_SET(handle, option, value);
}

/* libcurl copies the string, except for CURLOPT_POSTFIELDS. */
static inline CURLcode martlet_curl_set_string(CURL *handle, CURLoption option, const char *value) {
    return MARTLET_CURL_SET(handle, option, value);
}

static inline CURLcode martlet_curl_set_pointer(CURL *handle, CURLoption option, void *value) {
    return MARTLET_CURL_SET(handle, option, value);
}

static inline CURLcode martlet_curl_set_list(CURL *handle, CURLoption option, struct curl_slist *value) {
    return MARTLET_CURL_SET(handle, option, value);
}

/* The bytes are copied (CURL_BLOB_COPY). */
static inline CURLcode martlet_curl_set_blob(CURL *handle, CURLoption option, const void *bytes, size_t length) {
    struct curl_blob blob;
    blob.data = (void *)bytes;
    blob.len = length;
    blob.flags = CURL_BLOB_COPY;
    return MARTLET_CURL_SET(handle, option, &blob);
}

typedef size_t (*martlet_curl_data_callback)(char *bytes, size_t size, size_t count, void *context);
typedef int (*martlet_curl_progress_callback)(
    void *context, curl_off_t expected_down, curl_off_t down, curl_off_t expected_up, curl_off_t up);

/* For CURLOPT_WRITEFUNCTION and CURLOPT_HEADERFUNCTION. */
static inline CURLcode martlet_curl_set_data_callback(
    CURL *handle, CURLoption option, martlet_curl_data_callback callback) {
    return MARTLET_CURL_SET(handle, option, callback);
}

static inline CURLcode martlet_curl_set_progress_callback(CURL *handle, martlet_curl_progress_callback callback) {
    return MARTLET_CURL_SET(handle, CURLOPT_XFERINFOFUNCTION, callback);
}

static inline CURLcode martlet_curl_get_long(CURL *handle, CURLINFO info, long *value) {
    return MARTLET_CURL_GET(handle, info, value);
}

static inline CURLcode martlet_curl_get_offset(CURL *handle, CURLINFO info, curl_off_t *value) {
    return MARTLET_CURL_GET(handle, info, value);
}

/* After CURLOPT_CONNECT_ONLY. */
static inline CURLcode martlet_curl_get_socket(CURL *handle, curl_socket_t *value) {
    return MARTLET_CURL_GET(handle, CURLINFO_ACTIVESOCKET, value);
}

/* Lent by the handle; null if there is none. */
static inline const char *martlet_curl_get_string(CURL *handle, CURLINFO info) {
    char *value = NULL;
    return MARTLET_CURL_GET(handle, info, &value) == CURLE_OK ? value : NULL;
}

/* Only http and https; a redirect never leads from https to http. */
static inline CURLcode martlet_curl_restrict_protocols(CURL *handle, int starts_secure) {
#if LIBCURL_VERSION_NUM >= 0x075500
    CURLcode code = MARTLET_CURL_SET(handle, CURLOPT_PROTOCOLS_STR, "http,https");
    if (code != CURLE_OK) return code;
    return MARTLET_CURL_SET(handle, CURLOPT_REDIR_PROTOCOLS_STR, starts_secure ? "https" : "http,https");
#else
    CURLcode code = MARTLET_CURL_SET(handle, CURLOPT_PROTOCOLS, (long)(CURLPROTO_HTTP | CURLPROTO_HTTPS));
    if (code != CURLE_OK) return code;
    return MARTLET_CURL_SET(
        handle, CURLOPT_REDIR_PROTOCOLS,
        starts_secure ? (long)CURLPROTO_HTTPS : (long)(CURLPROTO_HTTP | CURLPROTO_HTTPS));
#endif
}

#endif
