/* Note in a book what a process writes to the files of a folder, and what it syncs.

   Loaded by LD_PRELOAD.  POWER_CUT_FOLDER names the folder, POWER_CUT_BOOK the
   book, which many processes add to.  An entry is one write to the end of the
   book, so the entries are in one order for all of them.  A change is noted
   when it is done, a sync when it begins (B) and when it has ended (S): what
   was noted before B is on the disk with S.  power_cut.py reads the book. */

#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

struct __attribute__((packed)) head {
    char kind;
    uint32_t thread, path_length;
    uint64_t offset, data_length;
};

static int book = -1;
static const char *folder;

__attribute__((constructor)) static void open_book(void) {
    folder = getenv("POWER_CUT_FOLDER");
    const char *path = getenv("POWER_CUT_BOOK");
    if (folder && path)
        book = syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_APPEND | O_CLOEXEC);
}

static void note(char kind, const char *path, uint64_t offset, const void *data, size_t length) {
    int saved = errno;
    struct head head = {kind, syscall(SYS_gettid), strlen(path), offset, length};
    size_t whole = sizeof head + head.path_length + length;
    char *entry = malloc(whole);
    memcpy(entry, &head, sizeof head);
    memcpy(entry + sizeof head, path, head.path_length);
    if (length)
        memcpy(entry + sizeof head + head.path_length, data, length);
    if (syscall(SYS_write, book, entry, whole) != (long)whole)
        abort(); /* a book with a gap proves nothing */
    free(entry);
    errno = saved;
}

static int is_inside(const char *path) {
    size_t length = folder ? strlen(folder) : 0;
    return book >= 0 && !strncmp(path, folder, length) && path[length] == '/';
}

/* Give the path of an open file inside the folder, or nothing. */
static const char *path_of(int file, char *path) {
    char link[64];
    if (book < 0)
        return NULL;
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    ssize_t length = readlink(link, path, PATH_MAX - 1);
    if (length < 0)
        return NULL;
    path[length] = 0;
    return is_inside(path) || !strcmp(path, folder) ? path : NULL;
}

static const char *absolute(const char *name, char *path) {
    char here[PATH_MAX / 2];
    if (book < 0)
        return NULL;
    if (name[0] == '/' || !getcwd(here, sizeof here))
        snprintf(path, PATH_MAX, "%s", name);
    else
        snprintf(path, PATH_MAX, "%s/%s", here, name);
    return is_inside(path) ? path : NULL;
}

static int open_noted(int at, const char *name, int flags, mode_t mode) {
    char path[PATH_MAX];
    struct stat found;
    int is_new = (flags & O_CREAT) && fstatat(at, name, &found, 0) < 0;
    int file = syscall(SYS_openat, at, name, flags, mode);
    if (file >= 0 && (flags & (O_CREAT | O_TRUNC)) && path_of(file, path)) {
        if (is_new)
            note('C', path, 0, NULL, 0);
        else if (flags & O_TRUNC)
            note('T', path, 0, NULL, 0);
    }
    return file;
}

#define MODE_OF(flags, mode)                                                                       \
    mode_t mode = 0;                                                                               \
    if ((flags) & O_CREAT) {                                                                       \
        va_list rest;                                                                              \
        va_start(rest, flags);                                                                     \
        mode = va_arg(rest, mode_t);                                                               \
        va_end(rest);                                                                              \
    }

int open(const char *name, int flags, ...) {
    MODE_OF(flags, mode)
    return open_noted(AT_FDCWD, name, flags, mode);
}
int open64(const char *name, int flags, ...) {
    MODE_OF(flags, mode)
    return open_noted(AT_FDCWD, name, flags, mode);
}
int openat(int at, const char *name, int flags, ...) {
    MODE_OF(flags, mode)
    return open_noted(at, name, flags, mode);
}
int openat64(int at, const char *name, int flags, ...) {
    MODE_OF(flags, mode)
    return open_noted(at, name, flags, mode);
}

ssize_t pwrite(int file, const void *data, size_t length, off_t offset) {
    char path[PATH_MAX];
    if (!path_of(file, path))
        return syscall(SYS_pwrite64, file, data, length, offset);
    /* of what is shared, others may set hints meanwhile: write and note the same */
    void *same = memcpy(malloc(length), data, length);
    ssize_t done = syscall(SYS_pwrite64, file, same, length, offset);
    if (done > 0)
        note('W', path, offset, same, done);
    free(same);
    return done;
}
ssize_t pwrite64(int file, const void *data, size_t length, off64_t offset) {
    return pwrite(file, data, length, offset);
}

ssize_t pwritev(int file, const struct iovec *parts, int count, off_t offset) {
    ssize_t all = 0;
    for (int part = 0; part < count; part++) {
        ssize_t done = pwrite(file, parts[part].iov_base, parts[part].iov_len, offset + all);
        if (done < 0)
            return all ? all : done;
        all += done;
        if ((size_t)done < parts[part].iov_len)
            break;
    }
    return all;
}
ssize_t pwritev64(int file, const struct iovec *parts, int count, off64_t offset) {
    return pwritev(file, parts, count, offset);
}

ssize_t write(int file, const void *data, size_t length) {
    char path[PATH_MAX];
    ssize_t done = syscall(SYS_write, file, data, length);
    if (done > 0 && path_of(file, path))
        note('W', path, lseek(file, 0, SEEK_CUR) - done, data, done);
    return done;
}

int ftruncate(int file, off_t length) {
    char path[PATH_MAX];
    int result = syscall(SYS_ftruncate, file, length);
    if (!result && path_of(file, path))
        note('T', path, length, NULL, 0);
    return result;
}
int ftruncate64(int file, off64_t length) { return ftruncate(file, length); }

int truncate(const char *name, off_t length) {
    char path[PATH_MAX];
    int result = syscall(SYS_truncate, name, length);
    if (!result && absolute(name, path))
        note('T', path, length, NULL, 0);
    return result;
}

int posix_fallocate(int file, off_t offset, off_t length) {
    char path[PATH_MAX];
    int result = REAL(posix_fallocate)(file, offset, length);
    struct stat found;
    if (!result && path_of(file, path) && !fstat(file, &found))
        note('T', path, found.st_size, NULL, 0);
    return result;
}

static int synced(long call, int file) {
    char path[PATH_MAX];
    const char *mine = path_of(file, path);
    if (mine)
        note('B', path, 0, NULL, 0);
    int result = syscall(call, file);
    if (mine && !result)
        note('S', path, 0, NULL, 0);
    return result;
}
int fsync(int file) { return synced(SYS_fsync, file); }
int fdatasync(int file) { return synced(SYS_fdatasync, file); }

static int renamed(char kind, int result, const char *from, const char *to) {
    char old[PATH_MAX], new[PATH_MAX];
    if (!result && absolute(from, old) && absolute(to, new))
        note(kind, old, 0, new, strlen(new));
    return result;
}
int rename(const char *from, const char *to) {
    return renamed('R', syscall(SYS_renameat, AT_FDCWD, from, AT_FDCWD, to), from, to);
}
int link(const char *from, const char *to) {
    return renamed('L', syscall(SYS_linkat, AT_FDCWD, from, AT_FDCWD, to, 0), from, to);
}
int unlink(const char *name) {
    char path[PATH_MAX];
    int result = syscall(SYS_unlinkat, AT_FDCWD, name, 0);
    if (!result && absolute(name, path))
        note('U', path, 0, NULL, 0);
    return result;
}
