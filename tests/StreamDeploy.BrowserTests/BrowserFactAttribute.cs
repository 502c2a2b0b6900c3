namespace StreamDeploy.BrowserTests;

/// <summary>A test that needs chromium: skipped where it is missing, unless CI is set, where that is a failure.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class BrowserFactAttribute : FactAttribute
{
    public BrowserFactAttribute() => Skip = Missing;

    internal static string? Missing { get; } =
        Environment.GetEnvironmentVariable("CI") == "true" ? null
        : Chromium.Find() is null ? "needs chromium on the PATH, or its path in STREAMDEPLOY_TEST_CHROMIUM"
        : null;
}

/// <summary>As <see cref="BrowserFactAttribute"/>, for theories.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class BrowserTheoryAttribute : TheoryAttribute
{
    public BrowserTheoryAttribute() => Skip = BrowserFactAttribute.Missing;
}
