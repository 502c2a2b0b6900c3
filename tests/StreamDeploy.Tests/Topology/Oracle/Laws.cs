using FsCheck;
using FsCheck.Fluent;

namespace StreamDeploy.Tests.Topology.Oracle;

/// <summary>Runs a law as an FsCheck property: a failure is shrunk and thrown, with the seed and the smallest log that shows it.</summary>
public static class Laws
{
    /// <param name="cases">What to try it on.</param>
    /// <param name="law">Null where the law holds, else what is wrong.</param>
    public static void Hold(Arbitrary<LogCase> cases, Func<LogCase, string?> law)
    {
        Config config = Config.QuickThrowOnFailure.WithMaxTest(LawSettings.Count).WithQuietOnSuccess(true);
        Check.One(config, Prop.ForAll(cases, c => law(c) is { } broken ? false.Label(broken) : true.ToProperty()));
    }
}
