"""Skills, practice, rota and hand-overs; open cases wait since they came."""

import django.db.models.deletion
import escalation.cases
from django.conf import settings
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps


def waits_since_it_came(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Give the cases that are there already what new ones are born with."""
    apps.get_model("escalation", "Case").objects.update(waits_since=models.F("opened_at"))


class Migration(migrations.Migration):

    dependencies = [
        ('escalation', '0003_what_is_missing'),
    ]

    operations = [
        migrations.AddField(
            model_name='case',
            name='waits_since',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='staff',
            name='here_until',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='staff',
            name='paused',
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name='staff',
            name='timezone',
            field=models.CharField(blank=True, default='', max_length=64),
        ),
        migrations.AlterField(
            model_name='case',
            name='closed_by_event',
            field=models.CharField(choices=[('receive', 'receive'), ('check', 'check'), ('queue', 'queue'), ('nobody', 'nobody'), ('claim', 'claim'), ('give_back', 'give_back'), ('lease_end', 'lease_end'), ('decide', 'decide'), ('sent_home', 'sent_home'), ('owner_resolve', 'owner_resolve'), ('withdraw', 'withdraw'), ('consent_end', 'consent_end'), ('look', 'look'), ('reply', 'reply')], default='', max_length=16),
        ),
        migrations.AlterField(
            model_name='case',
            name='state',
            field=models.CharField(choices=[('received', 'received'), ('checked', 'checked'), ('service', 'service'), ('waiting', 'waiting'), ('claimed', 'claimed'), ('unstaffed', 'unstaffed'), ('decided', 'decided'), ('closed', 'closed')], default=escalation.cases.State['RECEIVED'], max_length=10),
        ),
        migrations.AlterField(
            model_name='caseevent',
            name='event',
            field=models.CharField(choices=[('receive', 'receive'), ('check', 'check'), ('queue', 'queue'), ('nobody', 'nobody'), ('claim', 'claim'), ('give_back', 'give_back'), ('lease_end', 'lease_end'), ('decide', 'decide'), ('sent_home', 'sent_home'), ('owner_resolve', 'owner_resolve'), ('withdraw', 'withdraw'), ('consent_end', 'consent_end'), ('look', 'look'), ('reply', 'reply')], max_length=16),
        ),
        migrations.CreateModel(
            name='HandOver',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('text', models.CharField(max_length=600)),
                ('at', models.DateTimeField()),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to=settings.AUTH_USER_MODEL)),
                ('case', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='hand_overs', to='escalation.case')),
            ],
        ),
        migrations.CreateModel(
            name='PracticeAnswer',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('practice', models.CharField(max_length=40)),
                ('choice', models.CharField(choices=[('call', 'call'), ('write', 'write'), ('leave_in_peace', 'leave_in_peace'), ('repair', 'repair'), ('maintain', 'maintain')], max_length=20)),
                ('reason', models.CharField(max_length=600)),
                ('message', models.CharField(blank=True, default='', max_length=600)),
                ('answered_at', models.DateTimeField()),
                ('staff', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='practised', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name='RotaHours',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('weekday', models.PositiveSmallIntegerField()),
                ('begins', models.TimeField()),
                ('ends', models.TimeField()),
                ('staff', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='rota', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('staff', 'weekday', 'begins'), name='one_promise_of_the_same_hours')],
            },
        ),
        migrations.CreateModel(
            name='Skill',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('signed_off_at', models.DateTimeField()),
                ('valid_until', models.DateTimeField()),
                ('ended_at', models.DateTimeField(null=True)),
                ('ended_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='ended_skills', to=settings.AUTH_USER_MODEL)),
                ('signed_off_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='signed_off', to=settings.AUTH_USER_MODEL)),
                ('staff', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='skills', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'constraints': [models.UniqueConstraint(condition=models.Q(('ended_at', None)), fields=('staff',), name='one_skill_a_person')],
            },
        ),
        migrations.RunPython(waits_since_it_came, migrations.RunPython.noop),
    ]
