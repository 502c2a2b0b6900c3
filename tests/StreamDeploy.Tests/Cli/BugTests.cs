using System.CommandLine;
using StreamDeploy.Cli;
using StreamDeploy.Cli.Commands;

namespace StreamDeploy.Tests.Cli;

/// <summary>What a user is told when the program itself is at fault.</summary>
public sealed class BugTests
{
    [Fact]
    public async Task An_exception_that_nobody_expected_is_one_sentence_and_a_file_with_its_stack_trace()
    {
        var command = new Command("any").Runs([], (_, _, _) => throw new InvalidOperationException("two\nlines"));
        using var errors = new StringWriter();

        var code = await command.Parse([]).InvokeAsync(new InvocationConfiguration { Error = errors, EnableDefaultExceptionHandler = false });

        var line = Assert.Single(errors.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.Equal(ExitCodes.Failed, code);
        Assert.StartsWith("streamdeploy: This is a bug in StreamDeploy (InvalidOperationException: two | lines). The details are in ", line, StringComparison.Ordinal);
        var file = line[(line.IndexOf(" are in ", StringComparison.Ordinal) + 8)..line.IndexOf("; please", StringComparison.Ordinal)];
        Assert.Contains("   at StreamDeploy.", await File.ReadAllTextAsync(file), StringComparison.Ordinal);
        File.Delete(file);
    }

    [Fact]
    public void Without_a_place_for_the_file_the_details_follow_in_the_same_line()
    {
        var said = Bug.Describe(new InvalidOperationException("it broke"), Path.Combine(Path.GetTempPath(), "no", "such", "folder"));

        Assert.Contains("The details cannot be written to a file (", said, StringComparison.Ordinal);
        Assert.EndsWith("System.InvalidOperationException: it broke", said, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', said);
    }
}
