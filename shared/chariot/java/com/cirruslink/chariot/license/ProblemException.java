package com.cirruslink.chariot.license;

/** The license server refused. The message says why, and what to do. */
public final class ProblemException extends LicenseException {
    private static final long serialVersionUID = 1;

    private final transient Problem problem;

    ProblemException(Problem problem) {
        super(problem.sentence());
        this.problem = problem;
    }

    /** What it refused with. */
    public Problem problem() {
        return problem;
    }

    boolean is(String code) {
        return problem.is(code);
    }
}
