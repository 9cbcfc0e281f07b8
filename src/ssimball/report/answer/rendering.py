"""Templates of the answer. They stand in the code so that its fingerprint covers them."""

from jinja2 import Environment, StrictUndefined

_ENVIRONMENT = Environment(
    autoescape=False,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
)

TEXT = _ENVIRONMENT.from_string("""\
{{ question }}
{{ subject | join("\n") }}
{% if gaps > 0 %}

{% endif %}
{{ table | join("\n") }}
{{ note | join("\n") }}
{% if gaps > 1 %}

{% endif %}
{{ findings | join("\n") }}
""")

FINDINGS = _ENVIRONMENT.from_string("""\
**{{ question }}**

{{ subject }}.

{% for finding in findings %}
- **{{ finding.label }}**: {{ finding.sentence }}.
{%- if finding.tables %} (`{{ finding.tables | join("`, `") }}`){% endif %}

{% endfor %}
""")

ROWS = _ENVIRONMENT.from_string("""\
| {{ columns | join(" | ") }} |
|---|{{ "---:|" * (columns | length - 1) }}
{% for row in rows %}
| {{ row.name }} | {{ row.cells | join(" | ") | replace("*", "\\\\*") }} |
{% endfor %}

{{ note | replace("*", "\\\\*") }}
""")
