// On a PC the memory of the program is memory like any other.
#pragma once

#include <cstdio>
#include <cstring>

#define PROGMEM
#define PGM_P const char *
#define PGM_VOID_P const void *
#define PSTR(text) (text)

#define pgm_read_byte(address) (*(const uint8_t *)(address))
#define pgm_read_word(address) (*(const uint16_t *)(address))
#define pgm_read_dword(address) (*(const uint32_t *)(address))
#define pgm_read_float(address) (*(const float *)(address))
#define pgm_read_ptr(address) (*(void *const *)(address))
#define pgm_read_byte_near pgm_read_byte
#define pgm_read_word_near pgm_read_word

#define memcpy_P std::memcpy
#define memcmp_P std::memcmp
#define strlen_P std::strlen
#define strcpy_P std::strcpy
#define strncpy_P std::strncpy
#define strcat_P std::strcat
#define strncat_P std::strncat
#define strcmp_P std::strcmp
#define strncmp_P std::strncmp
#define strcasecmp_P strcasecmp
#define strncasecmp_P strncasecmp
#define strstr_P std::strstr
#define strchr_P std::strchr
#define sprintf_P std::sprintf
#define snprintf_P std::snprintf
#define vsnprintf_P std::vsnprintf
#define sscanf_P std::sscanf
