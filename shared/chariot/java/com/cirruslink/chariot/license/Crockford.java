package com.cirruslink.chariot.license;

/**
 * Douglas Crockford's base32, the alphabet that people retype with the fewest mistakes, and its
 * mod-37 check symbol. Source: https://www.crockford.com/base32.html
 */
final class Crockford {
    private static final String ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    /** Five symbols more, which only a check symbol may be. */
    private static final String CHECK_ALPHABET = ALPHABET + "*~$=U";

    private Crockford() {}

    /** What a capital or digit stands for, 0 to 31; I and L count as 1, O as 0. Negative: nothing. */
    static int value(int symbol) {
        return ALPHABET.indexOf(canonical(symbol));
    }

    /** What a check symbol stands for, 0 to 36; negative: nothing. */
    static int checkValue(int symbol) {
        return CHECK_ALPHABET.indexOf(canonical(symbol));
    }

    private static int canonical(int symbol) {
        return symbol == 'I' || symbol == 'L' ? '1' : symbol == 'O' ? '0' : symbol;
    }

    /** The one way to write symbols. */
    static String canonical(String symbols) {
        return symbols.replace('I', '1').replace('L', '1').replace('O', '0');
    }

    /** Whether the check symbol is that of the symbols: the number they write, modulo 37. */
    static boolean verifies(String symbols, int check) {
        int remainder = 0;
        for (int i = 0; i < symbols.length(); i++) {
            remainder = (remainder * 32 + value(symbols.charAt(i))) % 37;
        }
        return checkValue(check) == remainder;
    }
}
