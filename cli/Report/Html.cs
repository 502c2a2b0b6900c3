using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Unicode;

namespace StreamDeploy.Cli.Report;

/// <summary>Text that is HTML. What is put into it is encoded unless it is <see cref="Html"/> itself, so that nothing from outside gets in as markup.</summary>
internal readonly record struct Html(string Text)
{
    private static readonly HtmlEncoder Encoder = HtmlEncoder.Create(UnicodeRanges.All);

    public static readonly Html None = new("");

    public static Html Of(ref Interpolated text) => new(text.ToString());

    public static Html Join(IEnumerable<Html> parts) => new(string.Concat(parts.Select(part => part.Text)));

    /// <summary>A text from outside, apart from what is around it: marks of writing direction end with it.</summary>
    public static Html Foreign(string text) => Of($"<bdi>{text}</bdi>");

    /// <summary>A text from outside that leads somewhere; only where it is the web that it leads to.</summary>
    public static Html Link(string text, string address) =>
        Uri.TryCreate(address, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https" ? Of($"<a href=\"{uri.AbsoluteUri}\" rel=\"noopener noreferrer\">{Foreign(text)}</a>") : Foreign(text);

    public override string ToString() => Text;

    /// <summary>Encodes on the way.</summary>
    [InterpolatedStringHandler]
    internal readonly struct Interpolated(int literalLength, int formattedCount)
    {
        private readonly StringBuilder _text = new(literalLength + (16 * formattedCount));

        public void AppendLiteral(string text) => _text.Append(text);

        public void AppendFormatted(Html html) => _text.Append(html.Text);

        public void AppendFormatted(string? text) => _text.Append(Encoder.Encode(text ?? ""));

        public void AppendFormatted(int number) => _text.Append(System.Globalization.CultureInfo.InvariantCulture, $"{number}");

        public override string ToString() => _text.ToString();
    }
}
