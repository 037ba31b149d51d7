"""Incidents, calls, wishes, and somebody whom an owner named."""

import django.db.models.deletion
import escalation.cases
import wire.messages
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('escalation', '0004_who_is_there'),
    ]

    operations = [
        migrations.CreateModel(
            name='NamedPerson',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('who', models.CharField(max_length=64)),
                ('name', models.CharField(blank=True, default='', max_length=80)),
                ('owner', models.CharField(blank=True, default='', max_length=80)),
                ('language', models.CharField(choices=[('fr', 'fr'), ('en', 'en')], default=wire.messages.Language['FR'], max_length=2)),
                ('token_sha256', models.CharField(max_length=64, null=True, unique=True)),
                ('token_until', models.DateTimeField(null=True)),
                ('invited_at', models.DateTimeField()),
                ('accepted_at', models.DateTimeField(null=True)),
                ('resigned_at', models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name='OwnerWishes',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('call_from', models.TimeField(blank=True, null=True)),
                ('call_until', models.TimeField(blank=True, null=True)),
                ('timezone', models.CharField(blank=True, default='', max_length=64)),
                ('rather_written', models.BooleanField(default=False)),
                ('words', models.CharField(blank=True, default='', max_length=600)),
                ('noted_at', models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name='TakeOver',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('fence', models.PositiveIntegerField()),
                ('at', models.DateTimeField()),
            ],
        ),
        migrations.AddField(
            model_name='case',
            name='asked_helped_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='case',
            name='comes_first',
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name='case',
            name='emergency_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='case',
            name='held_until',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='case',
            name='informed_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='case',
            name='kept_from',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='case',
            name='looks_again_at',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='looked_again', to='escalation.case'),
        ),
        migrations.AddField(
            model_name='case',
            name='machine_firmware',
            field=models.CharField(default='', max_length=64),
        ),
        migrations.AddField(
            model_name='case',
            name='machine_model',
            field=models.CharField(default='', max_length=80),
        ),
        migrations.AddField(
            model_name='case',
            name='noticed',
            field=models.CharField(default='', max_length=40),
        ),
        migrations.AlterField(
            model_name='case',
            name='closed_by_event',
            field=models.CharField(choices=[('receive', 'receive'), ('check', 'check'), ('queue', 'queue'), ('nobody', 'nobody'), ('hold', 'hold'), ('speak_up', 'speak_up'), ('release', 'release'), ('hold_end', 'hold_end'), ('claim', 'claim'), ('talk', 'talk'), ('hang_up', 'hang_up'), ('take_over', 'take_over'), ('ask_person', 'ask_person'), ('approve', 'approve'), ('refuse', 'refuse'), ('contact', 'contact'), ('person_end', 'person_end'), ('give_back', 'give_back'), ('lease_end', 'lease_end'), ('decide', 'decide'), ('sent_home', 'sent_home'), ('owner_resolve', 'owner_resolve'), ('withdraw', 'withdraw'), ('consent_end', 'consent_end'), ('look', 'look'), ('reply', 'reply'), ('inform', 'inform'), ('ask_helped', 'ask_helped'), ('offer', 'offer'), ('emergency', 'emergency'), ('step', 'step'), ('not_heard', 'not_heard'), ('apologise', 'apologise'), ('wish', 'wish'), ('called_us', 'called_us'), ('invite', 'invite'), ('accept', 'accept'), ('resign', 'resign'), ('answer', 'answer')], default='', max_length=16),
        ),
        migrations.AlterField(
            model_name='case',
            name='state',
            field=models.CharField(choices=[('received', 'received'), ('checked', 'checked'), ('service', 'service'), ('waiting', 'waiting'), ('held', 'held'), ('claimed', 'claimed'), ('talking', 'talking'), ('approval', 'approval'), ('contacting', 'contacting'), ('unstaffed', 'unstaffed'), ('decided', 'decided'), ('closed', 'closed')], default=escalation.cases.State['RECEIVED'], max_length=10),
        ),
        migrations.AlterField(
            model_name='caseevent',
            name='event',
            field=models.CharField(choices=[('receive', 'receive'), ('check', 'check'), ('queue', 'queue'), ('nobody', 'nobody'), ('hold', 'hold'), ('speak_up', 'speak_up'), ('release', 'release'), ('hold_end', 'hold_end'), ('claim', 'claim'), ('talk', 'talk'), ('hang_up', 'hang_up'), ('take_over', 'take_over'), ('ask_person', 'ask_person'), ('approve', 'approve'), ('refuse', 'refuse'), ('contact', 'contact'), ('person_end', 'person_end'), ('give_back', 'give_back'), ('lease_end', 'lease_end'), ('decide', 'decide'), ('sent_home', 'sent_home'), ('owner_resolve', 'owner_resolve'), ('withdraw', 'withdraw'), ('consent_end', 'consent_end'), ('look', 'look'), ('reply', 'reply'), ('inform', 'inform'), ('ask_helped', 'ask_helped'), ('offer', 'offer'), ('emergency', 'emergency'), ('step', 'step'), ('not_heard', 'not_heard'), ('apologise', 'apologise'), ('wish', 'wish'), ('called_us', 'called_us'), ('invite', 'invite'), ('accept', 'accept'), ('resign', 'resign'), ('answer', 'answer')], max_length=16),
        ),
        migrations.CreateModel(
            name='Apology',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('text', models.CharField(max_length=600)),
                ('repair', models.CharField(max_length=600)),
                ('at', models.DateTimeField()),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to=settings.AUTH_USER_MODEL)),
                ('case', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='apologies', to='escalation.case')),
            ],
        ),
        migrations.CreateModel(
            name='ContactRequest',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('who', models.CharField(max_length=64)),
                ('fence', models.PositiveIntegerField()),
                ('asked_at', models.DateTimeField()),
                ('why', models.CharField(max_length=600)),
                ('request', models.CharField(max_length=600)),
                ('until', models.DateTimeField()),
                ('ended_at', models.DateTimeField(null=True)),
                ('contacted_at', models.DateTimeField(null=True)),
                ('answer', models.CharField(blank=True, default='', max_length=8)),
                ('answered_at', models.DateTimeField(null=True)),
                ('approved_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('asked_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('case', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='contact_requests', to='escalation.case')),
            ],
        ),
        migrations.CreateModel(
            name='EmergencyStep',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('step', models.CharField(max_length=16)),
                ('left_out_because', models.CharField(blank=True, default='', max_length=600)),
                ('at', models.DateTimeField()),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to=settings.AUTH_USER_MODEL)),
                ('case', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='emergency_steps', to='escalation.case')),
            ],
        ),
        migrations.CreateModel(
            name='Incident',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('machine_model', models.CharField(blank=True, default='', max_length=80)),
                ('machine_firmware', models.CharField(blank=True, default='', max_length=64)),
                ('noticed', models.CharField(blank=True, default='', max_length=40)),
                ('opened_at', models.DateTimeField()),
                ('text_fr', models.CharField(blank=True, default='', max_length=600)),
                ('text_en', models.CharField(blank=True, default='', max_length=600)),
                ('released_at', models.DateTimeField(null=True)),
                ('opened_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='opened_incidents', to=settings.AUTH_USER_MODEL)),
                ('released_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='released_incidents', to=settings.AUTH_USER_MODEL)),
                ('told_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.AddField(
            model_name='case',
            name='incident',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='cases', to='escalation.incident'),
        ),
        migrations.AddIndex(
            model_name='case',
            index=models.Index(fields=['machine_model', 'noticed', 'opened_at'], name='who_reports_the_same'),
        ),
        migrations.AddIndex(
            model_name='case',
            index=models.Index(condition=models.Q(('incident__isnull', False)), fields=['incident', 'state'], name='who_is_in_an_incident'),
        ),
        migrations.AddField(
            model_name='namedperson',
            name='device',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='named_persons', to='escalation.device'),
        ),
        migrations.AddField(
            model_name='contactrequest',
            name='person',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='requests', to='escalation.namedperson'),
        ),
        migrations.AddField(
            model_name='ownerwishes',
            name='device',
            field=models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='wishes', to='escalation.device'),
        ),
        migrations.AddField(
            model_name='ownerwishes',
            name='prefers',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='preferred_by', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='takeover',
            name='by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='takeover',
            name='case',
            field=models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='take_over', to='escalation.case'),
        ),
        migrations.AddConstraint(
            model_name='emergencystep',
            constraint=models.UniqueConstraint(fields=('case', 'step'), name='one_row_a_step'),
        ),
        migrations.AddConstraint(
            model_name='incident',
            constraint=models.UniqueConstraint(condition=models.Q(('released_at', None)), fields=('machine_model', 'machine_firmware', 'noticed'), name='one_incident_a_cohort'),
        ),
        migrations.AddConstraint(
            model_name='namedperson',
            constraint=models.UniqueConstraint(fields=('device', 'who'), name='one_row_a_named_person'),
        ),
        migrations.AddConstraint(
            model_name='contactrequest',
            constraint=models.UniqueConstraint(condition=models.Q(('ended_at', None)), fields=('case',), name='one_request_a_case'),
        ),
    ]
